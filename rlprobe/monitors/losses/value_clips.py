"""Find wrong forms of PPO's clipped value loss in the graph of a loss."""

from __future__ import annotations

import re
from typing import Any

from rlprobe.monitors.losses.entropies import behind_views
from rlprobe.monitors.losses.graph import CLIPPED, DIFFERENCE, SUM, nodes_above
from rlprobe.monitors.losses.outputs import compared

SMALLER = re.compile(r"MinimumBackward\d*$")
OF_TWO = re.compile(r"(Minimum|Maximum)Backward\d*$")
OF_SMALLER = "the smaller of the errors of the value and of the clipped value is the loss, not the larger"
AT_NUMBERS = "the value itself is clipped, not its change since the rollout"
AROUND_NEW = "the old value is clipped around the new one, not the new around the old"


def wrong_value_clip(root: Any) -> str:
    """What is wrong with the clipped value loss, in words; empty if nothing is, or there is none.

    Args:
        root: the ``grad_fn`` of a loss.
    """
    for node in nodes_above(root, layers_end=True):
        if not OF_TWO.match(type(node).__name__):
            continue
        errors = [behind_views(one) for one, _ in node.next_functions if one is not None]
        sides = [[behind_views(side) for side in compared(error)] for error in errors]
        if len(sides) < 2 or not all(sides):
            continue
        found = [clip for one in sides for value in one if (clip := _clip(value)) is not None]
        if len(found) == 1 and (said := OF_SMALLER if SMALLER.match(type(node).__name__) else found[0]):
            return said
    return ""


def _clip(value: Any) -> str | None:
    """What is wrong with a value that was clipped, or nothing; None if it was not clipped."""
    name = type(value).__name__
    if OF_TWO.match(name):
        return ""  # clipped as the larger and the smaller of two
    if CLIPPED.match(name):
        of_change = DIFFERENCE.match(type(_below(value)).__name__)
        return "" if of_change or _between_tensors(value) else AT_NUMBERS
    if not SUM.match(name):
        return None
    added = [behind_views(one) for one, _ in value.next_functions if one is not None]
    clips = [one for one in added if CLIPPED.match(type(one).__name__)]
    if len(clips) != 1 or not DIFFERENCE.match(type(_below(clips[0])).__name__):
        return None
    return AROUND_NEW if len(added) == 2 else ""  # the old value has no gradient


def _between_tensors(clip: Any) -> bool:
    """Whether the bounds of a clip differ from row to row."""
    return any(hasattr(getattr(clip, name, None), "shape") for name in ("_saved_min", "_saved_max"))


def _below(node: Any) -> Any:
    first = node.next_functions[0][0]
    return first if first is None else behind_views(first)
