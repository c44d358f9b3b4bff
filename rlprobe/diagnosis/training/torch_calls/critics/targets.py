"""Whether a loss trains the target of a value too, through values of the same network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.monitors.losses.graph import SUM, is_layer, nodes_above, parameters_of
from rlprobe.monitors.losses.outputs import compared

if TYPE_CHECKING:
    from collections.abc import Sequence


def trains_target(errors: Sequence[Any]) -> bool:
    """Whether gradients of a squared error flow through both of its sides, to one and the same layer.

    In one of the sides something without a gradient is added, as a reward is: errors between two outputs of a
    network are another matter.

    Args:
        errors: the nodes of a loss that are squared errors.
    """
    for error in errors:
        sides = [list(nodes_above(side, layers_end=True)) for side in compared(error)]
        if len(sides) != 2 or not any(map(_adds, sides)):
            continue
        one, other = (_held(side) for side in sides)
        if one & other:
            return True
    return False


def _held(nodes: list[Any]) -> set[int]:
    """The parameters of the layers among the nodes."""
    return {held for node in nodes if is_layer(node) for held in parameters_of(node)[0]}


def _adds(nodes: list[Any]) -> bool:
    """Whether something without a gradient is added."""
    return any(
        SUM.match(type(node).__name__) and sum(one is not None for one, _ in node.next_functions) == 1
        for node in nodes
    )
