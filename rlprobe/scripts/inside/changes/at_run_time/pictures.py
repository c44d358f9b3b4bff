"""Let layers of torch see each picture of a batch once: the same numbers in a fraction of the time.

A probe has a handful of observations, so a minibatch of pictures holds each of them several times.
"""

from __future__ import annotations

import functools
from collections import Counter
from typing import Any

FEWEST_PICTURES = 8
"""Smaller batches are left as they are."""
LEAST_SIZE = 1_024
"""Numbers in each row from which the layer takes longer than the comparison of the rows."""
TRIES = 20
"""So many batches in a row without repeated pictures, and a layer is left alone: the script changes each."""


def share_pictures(torch: Any) -> None:
    """From now on, ``Conv2d`` and wide ``Linear`` layers compute equal rows of a batch once.

    Gradients add up as before.
    """
    factors: dict[int, Any] = {}
    in_vain: Counter[int] = Counter()
    wrapped = torch._C._functorch.is_functorch_wrapped_tensor  # noqa: SLF001

    def shared(plain: Any) -> Any:
        @functools.wraps(plain)
        def forward(layer: Any, rows: Any, *parameters: Any) -> Any:
            few = rows.dim() not in {2, 4} or len(rows) < FEWEST_PICTURES or rows[0].numel() < LEAST_SIZE
            apart = in_vain[id(layer)] >= TRIES or rows.device.type != "cpu"
            if few or apart or torch.compiler.is_compiling() or wrapped(rows):
                return plain(layer, rows, *parameters)
            found = _different(torch, rows.detach(), factors)
            in_vain[id(layer)] = 0 if found else in_vain[id(layer)] + 1
            if found is None:
                return plain(layer, rows, *parameters)
            first, which = found
            return plain(layer, rows[first], *parameters)[which]

        return forward

    for kind, method in ((torch.nn.Conv2d, "_conv_forward"), (torch.nn.Linear, "forward")):
        setattr(kind, method, shared(getattr(kind, method)))


def _different(torch: Any, rows: Any, factors: dict[int, Any]) -> tuple[Any, Any] | None:
    """The first of each different row, and which of these each one is; None if few are equal.

    Rows are equal if two random sums over their numbers are.
    """
    flat = rows.flatten(1)
    count, size = flat.shape
    if size not in factors:
        factors[size] = torch.rand(2, size, generator=torch.Generator().manual_seed(0))
    sums = torch.nn.functional.linear(flat, factors[size].to(flat))
    different, which = torch.unique(sums, dim=0, return_inverse=True)
    if 2 * len(different) > count:
        return None
    first = torch.full((len(different),), count).scatter_reduce_(0, which, torch.arange(count), "amin")
    return first, which
