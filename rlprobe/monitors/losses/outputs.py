"""Find activation functions after the last layer of a critic, in the graph of its loss."""

from __future__ import annotations

import re
from typing import Any

from rlprobe.monitors.losses.entropies import VIEW, behind_views
from rlprobe.monitors.losses.graph import DIFFERENCE, is_layer, shape_of
from rlprobe.monitors.losses.log_probs import users_of

ERROR = re.compile(r"(MseLoss|SmoothL1Loss|HuberLoss|L1Loss)Backward\d*$")
"""Losses of a value and a target."""
SIZE = re.compile(r"(Pow|Mul|Abs)Backward\d*$")
"""Squares and sizes, which are errors if they are those of a difference."""
OF_A_DENSITY = re.compile(r"(Neg|Div)Backward\d*$")
"""What is done with the square in a Gaussian log-density: ``-(action - mean) ** 2 / (2 * variance)``."""
PICKS = re.compile(r"(Gather|Index|IndexSelect|Select|Slice|Max|Amax)Backward\d*$")
LIMITS = {
    "Relu": "ReLU",
    "Threshold": "ReLU",
    "Hardtanh": "hardtanh",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Softmax": "softmax",
    "Softplus": "softplus",
}
"""Names of activation functions by the beginnings of the names of their nodes."""
LIMIT = re.compile(rf"({'|'.join(LIMITS)})Backward\d*$")


def limit_of_critic(root: Any) -> str:
    """The activation function between the last layer of a critic and its error; empty if there is none.

    The error is a square, or a loss of that kind, of the difference of one value of each row from a target.
    An output that is scaled afterwards has no fixed limits, and does not count; neither do the actions of an
    actor, all of which are compared or penalised.

    Args:
        root: the ``grad_fn`` of a loss.
    """
    users = users_of(root)
    for node in users:
        if any(map(OF_A_DENSITY.match, (type(user).__name__ for user in users[node]))):
            continue
        for value in compared(node):
            if found := _limit(value):
                return found
    return ""


def compared(node: Any) -> list[Any]:
    """What an error compares, behind views: a value, and a target if it has a gradient."""
    name = type(node).__name__
    below = [behind_views(one) for one, _ in node.next_functions if one is not None]
    if ERROR.match(name) and len(below) > 1:
        return below
    if not ERROR.match(name) and not SIZE.match(name):
        return []
    differences = [one for one in below if DIFFERENCE.match(type(one).__name__)]
    sides = [behind_views(one) for d in differences for one, _ in d.next_functions if one is not None]
    return [*sides, *(below if ERROR.match(name) else [])]


def _limit(node: Any) -> str:
    """The activation function that a node applies to a last layer, perhaps picked from afterwards."""
    picked = False
    while (PICKS.match(type(node).__name__) or VIEW.match(type(node).__name__)) and _below(node) is not None:
        picked |= bool(PICKS.match(type(node).__name__))
        node = _below(node)
    match = LIMIT.match(type(node).__name__)
    layer = behind_views(_below(node)) if match and _below(node) is not None else None
    if not match or layer is None or not is_layer(layer):
        return ""
    return LIMITS[match[1]] if picked or shape_of(layer)[-1:] == (1,) else ""


def _below(node: Any) -> Any:
    return node.next_functions[0][0] if node.next_functions else None
