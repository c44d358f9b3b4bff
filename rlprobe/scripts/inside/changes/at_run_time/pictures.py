"""Let layers of torch see each picture once: the same numbers in a fraction of the time.

A probe has a handful of observations, so a minibatch of pictures holds each of them several times, and the
same ones come back step after step while a script acts.
"""

from __future__ import annotations

import functools
from collections import Counter
from typing import Any

FEWEST_PICTURES, FEWEST_KEPT = 4, 2
"""Smaller batches are left as they are, where gradients are needed and where results are kept."""
LEAST_SIZE = 1_024
"""Numbers in each row from which the layer takes longer than the comparison of the rows."""
TRIES = 20
"""So many batches in a row without repeated pictures, and a layer is left alone: the script changes each."""
MOST_KEPT = 64
"""Pictures whose results a layer keeps while its weights stay the same."""


def share_pictures(torch: Any) -> None:
    """From now on, ``Conv2d`` and wide ``Linear`` layers compute equal rows of a batch once.

    Gradients add up as before. Where none are needed, convolutions keep their results for the next batches.
    """
    shared = SharedRows(torch)
    for kind, method in ((torch.nn.Conv2d, "_conv_forward"), (torch.nn.Linear, "forward")):
        setattr(kind, method, shared.over(getattr(kind, method), keeps=kind is torch.nn.Conv2d))


class SharedRows:
    """Computes equal rows once. Rows are equal if two random sums over their numbers are.

    Args:
        torch: the library.
    """

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self._wrapped = torch._C._functorch.is_functorch_wrapped_tensor  # noqa: SLF001
        self._factors: dict[int, Any] = {}
        self._in_vain: Counter[int] = Counter()
        self._kept: dict[int, tuple[Any, dict[Any, Any]]] = {}

    def over(self, plain: Any, *, keeps: bool) -> Any:
        """The method of a layer, over different rows only; ``keeps`` to keep results between batches."""

        @functools.wraps(plain)
        def forward(layer: Any, rows: Any, *parameters: Any) -> Any:
            keeping = keeps and not self.torch.is_grad_enabled()
            if self._in_vain[id(layer)] >= TRIES or not self._may_share(
                rows, FEWEST_KEPT if keeping else FEWEST_PICTURES
            ):
                return plain(layer, rows, *parameters)
            sums = self._sums(rows.detach().flatten(1))
            if keeping:
                made = self._kept_results(
                    id(layer), parameters, sums, lambda new: plain(layer, rows[new], *parameters)
                )
            else:
                made = self._shared_results(sums, lambda new: plain(layer, rows[new], *parameters))
            self._in_vain[id(layer)] = self._in_vain[id(layer)] + 1 if made is None else 0
            return plain(layer, rows, *parameters) if made is None else made

        return forward

    def _may_share(self, rows: Any, fewest: int) -> bool:
        """Whether a layer is given a batch of large rows, as plain numbers."""
        large = rows.dim() in {2, 4} and len(rows) >= fewest and rows[0].numel() >= LEAST_SIZE
        plain = rows.device.type == "cpu" and not self.torch.compiler.is_compiling()
        return bool(large and plain and not self._wrapped(rows))

    def _sums(self, rows: Any) -> list[tuple[float, ...]]:
        """Two random sums over the numbers of each row."""
        size = rows.shape[1]
        if size not in self._factors:
            generator = self.torch.Generator().manual_seed(0)
            self._factors[size] = self.torch.rand(2, size, generator=generator)
        factors = self._factors[size].to(rows)
        return [tuple(row) for row in self.torch.nn.functional.linear(rows, factors).tolist()]

    def _shared_results(self, sums: list[tuple[float, ...]], compute: Any) -> Any:
        """The result for each row; None if few rows are equal."""
        first = {row: i for i, row in reversed(list(enumerate(sums)))}
        if 2 * len(first) > len(sums):
            return None
        place = {row: i for i, row in enumerate(first)}
        which = self.torch.tensor([place[row] for row in sums])
        return self.torch.index_select(compute(list(first.values())), 0, which)

    def _kept_results(
        self, key: int, parameters: tuple[Any, ...], sums: list[tuple[float, ...]], compute: Any
    ) -> Any:
        """The result for each row; None if no row has one from before, and some had.

        Results are kept as long as the random sums over the weights are the same.
        """
        now = [self._sums(one.detach().reshape(1, -1)) for one in parameters if one is not None]
        before, kept = self._kept.get(key, (None, {}))
        kept = kept if before == now and len(kept) < MOST_KEPT else {}
        self._kept[key] = now, kept
        new = {row: i for i, row in enumerate(sums) if row not in kept}
        if kept and len(new) == len(set(sums)):
            kept.clear()
            return None
        if new:
            kept.update(zip(new, compute(list(new.values())), strict=True))
        return self.torch.stack([kept[row] for row in sums])
