"""Whether the target distributions of a critic lose probability."""

from __future__ import annotations

import re
from typing import Any

from rlprobe.monitors.losses.graph import nodes_above

PRODUCT = re.compile(r"MulBackward\d*$")
LOGARITHM = re.compile(r"(Log|LogSoftmax|Logsumexp)Backward\d*$")
FEWEST_ATOMS = 5
LOST_FROM, LOST_TO = 0.02, 0.98
"""A sum of probabilities between these has lost some; a row of zeros may only be padding."""


def loses_mass(root: Any) -> bool:
    """Whether a loss is a cross-entropy with rows of probabilities of which some do not add up to 1."""
    return any(_loses(target) for target in _targets(root))


def _targets(root: Any) -> list[Any]:
    """The tensors without gradient that logarithms are multiplied with."""
    found = []
    for node in nodes_above(root, layers_end=True):
        if not PRODUCT.match(type(node).__name__):
            continue
        if any(LOGARITHM.match(type(one).__name__) for one, _ in node.next_functions if one is not None):
            saved = (getattr(node, "_saved_self", None), getattr(node, "_saved_other", None))
            found += [one for one in saved if one is not None and not one.requires_grad]
    return found


def _loses(target: Any) -> bool:
    if target.ndim < 2 or target.shape[-1] < FEWEST_ATOMS or bool((target < 0.0).any()):
        return False
    sums = target.sum(-1)
    if not bool(((sums - 1.0).abs() < 1e-3).any()) or bool((sums > 1.0 + 1e-3).any()):
        return False
    several = (target > 0.0).sum(-1) > 1  # a weighted action has a single number
    return bool((several & (sums > LOST_FROM) & (sums < LOST_TO)).any())
