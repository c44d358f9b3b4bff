"""Find the critics that the loss of a policy trains too, because its advantages are not detached."""

from __future__ import annotations

import re
from typing import Any

from rlprobe.monitors.losses.graph import is_layer, nodes_above, shape_of

PRODUCT = re.compile(r"MulBackward\d*$")
LOG_PROB = re.compile(r"(LogSoftmax|Logsumexp|Log|Pow|BinaryCrossEntropyWithLogits)Backward\d*$")
"""What every log-probability contains, and no advantage."""


def critics_in_advantages(root: Any) -> set[Any]:
    """The last layers of critics whose output is multiplied by a log-probability, with a gradient on both.

    Args:
        root: the ``grad_fn`` of a loss.
    """
    found: set[Any] = set()
    for node in nodes_above(root, layers_end=True):
        factors = [one for one, _ in node.next_functions if one is not None]
        if not PRODUCT.match(type(node).__name__) or len(set(factors)) != 2:
            continue
        sides = [list(nodes_above(one, layers_end=True)) for one in factors]
        for policy, critic in (sides, sides[::-1]):
            layers = set(filter(is_layer, critic))
            of_policy = set(filter(is_layer, policy))
            if not layers or not of_policy or layers & of_policy:
                continue
            single = all(shape_of(one)[1:] == (1,) for one in layers)
            if single and any(map(_of_log_prob, policy)) and not any(map(_of_log_prob, critic)):
                found |= layers
    return found


def _of_log_prob(node: Any) -> bool:
    return bool(LOG_PROB.match(type(node).__name__))
