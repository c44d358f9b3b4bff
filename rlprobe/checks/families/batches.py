"""Batches of independent rows to try functions on, and the ways in which a result is reduced to one number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.case import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rlprobe.checks.family import Outputs


def batches(
    make: Callable[[np.random.Generator, int], dict[str, Any]],
    axes: Mapping[str, str],
    derived: Mapping[str, Callable[[Case], Any]],
    edges: Mapping[str, dict[str, Any]] | None = None,
    *,
    smallest: int = 1,
    seed: int = 31,
) -> Iterator[Case]:
    """The trial case, cases of one and two rows, edge cases, and random ones: 200 in all.

    Args:
        make: the numbers of a case with so many rows.
        axes: see ``Case``.
        derived: see ``Case``.
        edges: numbers that replace the random ones, by what is special about them; their case has 4 rows.
        smallest: fewest rows of a case.
        seed: of the random numbers.
    """
    random = np.random.default_rng(seed)
    edges = edges or {}
    yield Case(make(random, 7), axes, derived, "random")
    yield Case(make(random, smallest), axes, derived, "one row" if smallest == 1 else "few rows")
    for tag, numbers in edges.items():
        yield Case(make(random, 4) | numbers, axes, derived, tag)
    for _ in range(198 - len(edges)):
        yield Case(make(random, int(random.integers(max(2, smallest), 9))), axes, derived, "random")


def reductions(rows: Any) -> Outputs:
    """One number for each row, or their mean or sum."""
    return {
        "one value for each row": rows,
        "the mean over the batch": rows.mean(),
        "the sum over the batch": rows.sum(),
    }


REDUCED = {"one value for each row": "B", "the mean over the batch": "", "the sum over the batch": ""}


def softmax(logits: Any) -> Any:
    """Probabilities of logits, along the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)
