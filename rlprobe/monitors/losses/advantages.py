"""Find the critics that the loss of a policy trains too, because its advantages are not detached."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rlprobe.monitors.losses.graph import LAYER, MOST_NODES, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PRODUCT = re.compile(r"MulBackward\d*$")
LOG_PROB = re.compile(r"(LogSoftmax|Logsumexp|Log|Pow|BinaryCrossEntropyWithLogits)Backward\d*$")
"""What every log-probability contains, and no advantage."""


def critics_in_advantages(root: Any) -> set[Any]:
    """The last layers of critics whose output is multiplied by a log-probability, with a gradient on both.

    Args:
        root: the ``grad_fn`` of a loss.
    """
    found: set[Any] = set()
    for node in _above_layers(root):
        factors = [one for one, _ in node.next_functions if one is not None]
        if not PRODUCT.match(type(node).__name__) or len(set(factors)) != 2:
            continue
        sides = [list(_above_layers(one)) for one in factors]
        for policy, critic in (sides, sides[::-1]):
            layers = set(filter(_is_layer, critic))
            of_policy = set(filter(_is_layer, policy))
            if not layers or not of_policy or layers & of_policy:
                continue
            single = all(shape_of(one)[1:] == (1,) for one in layers)
            if single and any(map(_of_log_prob, policy)) and not any(map(_of_log_prob, critic)):
                found |= layers
    return found


def _above_layers(root: Any) -> Iterator[Any]:
    """The nodes from a root to the last layers of networks, these included."""
    waiting, seen = [root], {root}
    while waiting:
        node = waiting.pop()
        yield node
        if _is_layer(node):
            continue
        below = {one for one, _ in node.next_functions if one is not None} - seen
        if len(seen) < MOST_NODES:
            seen |= below
            waiting += below


def _is_layer(node: Any) -> bool:
    return bool(LAYER.match(type(node).__name__))


def _of_log_prob(node: Any) -> bool:
    return bool(LOG_PROB.match(type(node).__name__))
