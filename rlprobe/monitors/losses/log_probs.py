"""Read what a loss does with the log-probabilities of actions."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from rlprobe.monitors.losses.entropies import VIEW, behind_views
from rlprobe.monitors.losses.graph import (
    CLIPPED,
    DIFFERENCE,
    PRODUCT,
    is_layer,
    nodes_above,
    shape_of,
)

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

FEWEST = 8
"""Log-probabilities of a batch."""
DEPTH = 12
EXP = re.compile(r"ExpBackward\d*$")
QUOTIENT = re.compile(r"DivBackward\d*$")
PICKS = re.compile(r"(Gather|Index|IndexSelect)Backward\d*$")
LOG = re.compile(r"LogBackward\d*$")
SHIFTS = re.compile(r"(Add|Clamp|ClampMin|Select|Slice)Backward\d*$")
SUMS = re.compile(r"(Sum|Sub|Add|Neg|Select|Slice)Backward\d*$")
EACH = re.compile(r"(Sub|Rsub|Add|Neg|Mul|Div|Clamp)Backward\d*$")
SQUASH = re.compile(r"(Tanh|Softplus|Log1P|LogSigmoid|Atanh|Sigmoid)Backward\d*$")
MEAN_OF_ALL, MEAN, SUM = "MeanBackward0", "MeanBackward1", "SumBackward1"


def users_of(root: Any) -> dict[Any, list[Any]]:
    """Each node of a loss down to the last layers of networks, with the nodes that use it."""
    users: dict[Any, list[Any]] = defaultdict(list)
    users[root] = []
    for node in nodes_above(root, layers_end=True):
        for below, _ in () if is_layer(node) else node.next_functions:
            if below is not None:
                users[below].append(node)
    return users


def is_log_prob(node: Any, known: Container[Any]) -> bool:
    """Whether a node holds log-probabilities of actions, or sums of them.

    Args:
        node: the node.
        known: nodes of the results of ``log_prob``.
    """
    for _ in range(DEPTH):
        if node is None or node in known:
            return node is not None
        if _choice(node) is not None:
            return True
        if not VIEW.match(type(node).__name__) and not SUMS.match(type(node).__name__):
            return False
        node = _first(node)
    return False


def _choice(node: Any) -> Any:
    """The node that picks those of the actions taken, if ``node`` holds their log-probabilities; or None.

    They are picked from the logarithms of all, or their own logarithm is taken, with a small number added.
    """
    picks = node
    of: tuple[str, ...] = ("LogSoftmaxBackward", "LogBackward")
    if LOG.match(type(node).__name__):
        picks, of = _behind(node), ("SoftmaxBackward",)
        while SHIFTS.match(type(picks).__name__):
            picks = _behind(picks)
    found = PICKS.match(type(picks).__name__) and type(_behind(picks)).__name__.startswith(of)
    return picks if found else None


def _behind(node: Any) -> Any:
    """What a node is computed of first, views left aside; None if nothing."""
    first = None if node is None else _first(node)
    return None if first is None else behind_views(first)


def log_prob_nodes(users: Mapping[Any, list[Any]], known: Container[Any]) -> list[Any]:
    """The nodes of a loss that hold the log-probability of each action that was taken."""
    return [node for node in users if node in known or _choice(node) is not None]


def actions_at(node: Any, known: Mapping[Any, Any]) -> Any:
    """The actions whose log-probabilities a node holds; None if they are not known.

    Args:
        node: the node.
        known: nodes of the results of ``log_prob``, with the actions.
    """
    if node in known:
        return known[node]
    picks = _choice(node)
    *_, last = getattr(picks, "_saved_indices", None) or [None]
    return getattr(picks, "_saved_index", last)


def ratios(users: Mapping[Any, list[Any]], known: Container[Any]) -> Iterator[Any]:
    """The nodes of ratios of new and old probabilities: exponentials of differences of log-probabilities."""
    for node in users:
        if not EXP.match(type(node).__name__):
            continue
        inside = behind_views(_first(node)) if _first(node) is not None else None
        if inside is None or not DIFFERENCE.match(type(inside).__name__):
            continue
        if any(is_log_prob(one, known) for one, _ in inside.next_functions):
            yield node


def without_exponential(users: Mapping[Any, list[Any]], known: Container[Any]) -> str:
    """What is done to log-probabilities in place of a ratio; empty if nothing is."""
    for node in users:
        name = type(node).__name__
        operands = [one for one, _ in node.next_functions]
        if len(operands) != 2 or (operands[0] is None) == (operands[1] is None):
            continue  # not with a constant
        if not any(is_log_prob(one, known) for one in operands):
            continue
        if QUOTIENT.match(name) and _is_log(getattr(node, "_saved_other", None)):
            return "new log-probabilities are divided by old ones"
        if DIFFERENCE.match(name) and math.prod(shape_of(node)) >= FEWEST:
            later = [one for user in users[node] for one in _behind_clip(user, users)]
            weighed = any(PRODUCT.match(type(one).__name__) and _by_batch(one, node) for one in later)
            if weighed and not any(EXP.match(type(one).__name__) for one in later):
                return "differences of log-probabilities are weighed by advantages"
    return ""


def upside_down(users: Mapping[Any, list[Any]], known: Container[Any]) -> str:
    """That advantages weigh a ratio of old to new probabilities; empty if they do not.

    Such a ratio alone is no mistake: an estimate of the KL divergence has one.
    """
    for node in users:
        name = type(node).__name__
        inside = behind_views(_first(node)) if EXP.match(name) and _first(node) is not None else node
        below = [one for one, _ in inside.next_functions]
        if len(below) != 2 or below[0] is not None or below[1] is None:
            continue
        of_logs = EXP.match(name) and DIFFERENCE.match(type(inside).__name__) and is_log_prob(below[1], known)
        if not of_logs and not (QUOTIENT.match(name) and _is_probability(below[1])):
            continue
        later = [one for user in users[node] for one in _behind_clip(user, users)]
        if any(PRODUCT.match(type(one).__name__) and _by_batch(one, node) for one in later):
            return "the ratio is that of old to new probabilities"
    return ""


def _is_probability(node: Any) -> bool:
    """Whether a node holds the probabilities of the actions taken."""
    picks = behind_views(node)
    return bool(PICKS.match(type(picks).__name__)) and type(_behind(picks)).__name__.startswith("SoftmaxB")


def unsummed(node: Any, users: Mapping[Any, list[Any]], components: int) -> str:
    """How log-probabilities of single components of actions are used as they are; empty if they are summed.

    Args:
        node: of the log-probabilities, ``(..., components)``.
        users: the nodes that use each node.
        components: of an action.
    """
    shape = shape_of(node)
    if not shape or shape[-1] != components:
        return ""
    waiting, seen = [node], {node}
    while waiting:
        for user in users.get(waiting.pop(), ()):
            name = type(user).__name__
            if EXP.match(name) and shape_of(user) == shape:
                return "the ratio is taken of each component"
            if name == MEAN_OF_ALL or (name == MEAN and _last_axis(user, len(shape))):
                return "the mean over the components is taken"
            if user not in seen and (EACH.match(name) or VIEW.match(name)) and shape_of(user) == shape:
                seen.add(user)
                waiting.append(user)
    return ""


def squashed_below(critic: Any) -> bool:
    """Whether a critic gets ``tanh`` of a sample: of a mean, plus noise times a standard deviation.

    Args:
        critic: a node of its last layer.
    """
    for node in nodes_above(critic, layers_end=False):
        if type(node).__name__.startswith("TanhBackward") and _first(node) is not None:
            sample = behind_views(_first(node))
            below = [type(one).__name__ for one, _ in sample.next_functions if one is not None]
            if type(sample).__name__.startswith("AddBackward") and any(map(PRODUCT.match, below)):
                return True
    return False


def is_corrected(users: Mapping[Any, list[Any]]) -> bool:
    """Whether a loss has a squashing function outside of networks, as the density of a squashed action."""
    return any(SQUASH.match(type(node).__name__) for node in users)


def _first(node: Any) -> Any:
    return node.next_functions[0][0] if node.next_functions else None


def _behind_clip(node: Any, users: Mapping[Any, list[Any]]) -> list[Any]:
    name = type(node).__name__
    return list(users.get(node, ())) if CLIPPED.match(name) or VIEW.match(name) else [node]


def _is_log(divisor: Any) -> bool:
    """Whether what is divided by is a batch of log-probabilities."""
    return divisor is not None and divisor.numel() >= FEWEST and bool((divisor <= 0).all())


def _by_batch(product: Any, node: Any) -> bool:
    """Whether the other factor is one number for each of those of a node."""
    factors = (getattr(product, "_saved_other", None), getattr(product, "_saved_self", None))
    return any(one is not None and one.numel() == math.prod(shape_of(node)) for one in factors)


def _last_axis(mean: Any, axes: int) -> bool:
    found = getattr(mean, "_saved_dim", None) or ()
    return list(found) in ([2**64 - 1], [-1], [axes - 1])
