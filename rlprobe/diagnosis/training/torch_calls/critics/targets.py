"""Whether a loss trains the target of a value too, through values of the same network."""

from __future__ import annotations

from typing import Any

from rlprobe.diagnosis.training.torch_calls.critics.errors import errors_in
from rlprobe.monitors.losses.graph import SUM, is_layer, nodes_above, parameters_of
from rlprobe.monitors.losses.outputs import compared


def trains_target(root: Any) -> bool:
    """Whether gradients of a squared error flow through both of its sides, to one and the same layer.

    In one of the sides something without a gradient is added, as a reward is: errors between two outputs of a
    network are another matter.

    Args:
        root: the ``grad_fn`` of a loss.
    """
    for error in errors_in(root):
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
