"""Squared errors in losses: whether they become smaller or larger, and whether they are those of pairs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

from rlprobe.monitors.losses.graph import DIFFERENCE, nodes_above, outer_shape

if TYPE_CHECKING:
    from collections.abc import Sequence

Way = Literal["", "smaller", "larger"]
"""What losses do to errors; empty if that was not seen, or if losses differ."""
LEAST_LOSSES = 5
OWN_LOSS = re.compile(r"(MseLoss|SmoothL1Loss|HuberLoss)Backward\d*$")
SQUARE = re.compile(r"PowBackward\d*$")
AVERAGED = re.compile(r"(Mean|Sum)Backward\d*$")
SUMMED = re.compile(r"(Add|Sub|Index|MaskedSelect)Backward\d*$")
MOST_SUMMANDS = 24
WEIGHTED = re.compile(r"(Mul|Max|Maximum)Backward\d*$")


class Errors:
    """The gradients that losses send to squared errors: positive ones make the errors smaller."""

    def __init__(self) -> None:
        self._smaller = self._larger = 0

    def listen(self, errors: Sequence[Any]) -> None:
        """Hear of the gradients at the squared errors of a loss, which are about to be computed."""
        for node in errors:
            node.register_prehook(self._hear)

    def _hear(self, gradients: Any) -> None:
        gradient = gradients[0]
        if gradient is None or not bool(gradient.any()):
            return
        self._smaller += bool((gradient >= 0).all())
        self._larger += bool((gradient <= 0).all())

    @property
    def way(self) -> Way:
        """What the losses do."""
        if min(self._smaller, self._larger) or max(self._smaller, self._larger) < LEAST_LOSSES:
            return ""
        return "smaller" if self._smaller else "larger"


def errors_in(root: Any) -> list[Any]:
    """The nodes of a loss that are squared errors, weighted or not, of which the mean or sum is taken.

    A square in the logarithm of a Gaussian density is none: it is divided by a variance first.
    """
    found = []
    for node in nodes_above(root, layers_end=True):
        name = type(node).__name__
        if OWN_LOSS.match(name):
            found.append(node)
        elif AVERAGED.match(name):
            found += [one for one in _weighted(node) if _is_square(one)]
    return found


def pairs_all(root: Any) -> bool:
    """Whether a loss is a mean or sum of errors between each of ``N`` predictions and each of ``N`` targets.

    Weighted ones are left alone: a quantile loss compares each quantile with each.
    """
    for node in nodes_above(root, layers_end=True):
        name = type(node).__name__
        if OWN_LOSS.match(name):
            if getattr(node, "_saved_reduction", 0) and any(map(outer_shape, _operands(node))):
                return True
        elif AVERAGED.match(name):
            for square in filter(_is_square, _summands(node)):
                if any(map(outer_shape, _operands(square))):
                    return True
    return False


def _summands(node: Any) -> list[Any]:
    """What a mean is taken of: also the parts of a sum, times numbers, and of some of its rows."""
    found: list[Any] = []
    waiting = _operands(node)
    while waiting and len(found) < MOST_SUMMANDS:
        one = waiting.pop()
        found.append(one)
        if SUMMED.match(type(one).__name__) or _times_a_number(one):
            waiting += _operands(one)
    return found


def _times_a_number(node: Any) -> bool:
    """Whether a node multiplies with a number, and not with weights."""
    factor = getattr(node, "_saved_other", None)
    return type(node).__name__.startswith("Mul") and factor is not None and not factor.dim()


def _operands(node: Any) -> list[Any]:
    return [one for one, _ in node.next_functions if one is not None]


def _weighted(node: Any) -> list[Any]:
    """What a mean is taken of; if that is a product or a maximum, its parts."""
    direct = _operands(node)
    parts = [part for one in direct if WEIGHTED.match(type(one).__name__) for part in _operands(one)]
    return [*direct, *parts]


def _is_square(node: Any) -> bool:
    if not SQUARE.match(type(node).__name__) or getattr(node, "_saved_exponent", None) != 2:
        return False
    return any(DIFFERENCE.match(type(one).__name__) for one in _operands(node))
