"""Recognise an entropy that is computed by hand, in the graph of a loss."""

from __future__ import annotations

import re
from itertools import permutations
from typing import Any

VIEW = re.compile(r"(Squeeze|Unsqueeze|View|Reshape|UnsafeView|ReshapeAlias|Alias|Clone|ToCopy)Backward\d*$")
SHIFT = re.compile(r"(Add|Clamp)Backward\d*$")
"""What is done to probabilities before their logarithm, so that none is zero."""


def is_entropy(factors: list[Any]) -> bool:
    """Whether one factor holds probabilities, and the other their logarithms.

    Args:
        factors: the nodes of the two factors.
    """
    return len(factors) == 2 and any(
        _are_of_one(behind_views(one), behind_views(other)) for one, other in permutations(factors)
    )


def _are_of_one(p: Any, log_p: Any) -> bool:
    """Whether ``p`` and ``log_p`` are written as ``softmax`` and ``log_softmax``, ``exp`` or ``log``."""
    name, log_name = type(p).__name__, type(log_p).__name__
    if log_name.startswith("LogSoftmaxBackward"):
        exponential = name.startswith("ExpBackward") and _below(p) is log_p
        return exponential or (name.startswith("SoftmaxBackward") and _below(p) is _below(log_p))
    if not log_name.startswith("LogBackward"):
        return False
    inside = _below(log_p)
    return _same(inside, p) or (bool(SHIFT.match(type(inside).__name__)) and _same(_below(inside), p))


def _same(one: Any, other: Any) -> bool:
    """Whether two nodes hold the same numbers: one node, or the same row of one table, selected twice."""
    if one is other:
        return True
    rows = [node for node in (one, other) if type(node).__name__.startswith("SelectBackward")]
    places = {(node._saved_dim, node._saved_index) for node in rows}  # noqa: SLF001 - the only way to them
    return len(rows) == 2 and len(places) == 1 and _below(one) is _below(other)


def behind_views(node: Any) -> Any:
    """The node whose output is only looked at in another shape."""
    while VIEW.match(type(node).__name__) and node.next_functions and node.next_functions[0][0] is not None:
        node = node.next_functions[0][0]
    return node


def _below(node: Any) -> Any:
    """What the node is computed of first, views left aside."""
    first = node.next_functions[0][0] if node.next_functions else None
    return first if first is None else behind_views(first)
