"""All families, in one tuple, and which of them a function belongs to."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any, Final

from rlprobe.checks.families.bookkeeping import (
    frames,
    metrics,
    minibatches,
    replay,
    schedules,
    streams,
    targets_update,
)
from rlprobe.checks.families.distributions import projection, quantiles
from rlprobe.checks.families.policies import (
    discrete,
    gaussian,
    gaussian_kl,
    normalised,
    ppo_loss,
    squashed,
    value_loss,
)
from rlprobe.checks.families.rollouts import advantages, lookahead, retrace, returns, vtrace
from rlprobe.checks.families.targets import q_targets
from rlprobe.checks.outcome import NotUnderstoodError
from rlprobe.checks.trial.names import matching

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.checks.family import Family

FAMILIES: Final[tuple[Family, ...]] = (
    returns.DISCOUNTED_RETURN,
    advantages.GAE,
    lookahead.N_STEP_RETURN,
    lookahead.TD_LAMBDA,
    vtrace.VTRACE,
    retrace.RETRACE,
    q_targets.Q_TARGET,
    q_targets.DOUBLE_Q_TARGET,
    projection.C51_PROJECTION,
    quantiles.QUANTILE_HUBER,
    discrete.CATEGORICAL_KL,
    gaussian_kl.GAUSSIAN_KL,
    discrete.CATEGORICAL_ENTROPY,
    gaussian.GAUSSIAN_ENTROPY,
    squashed.TANH_GAUSSIAN_LOG_PROB,
    ppo_loss.PPO_LOSS,
    value_loss.CLIPPED_VALUE_LOSS,
    normalised.NORMALISED_ADVANTAGES,
    targets_update.POLYAK_UPDATE,
    schedules.LINEAR_SCHEDULE,
    metrics.EXPLAINED_VARIANCE,
    replay.PER_WEIGHTS,
    replay.PER_PROBABILITIES,
    frames.FRAME_STACK,
    streams.RUNNING_MEAN_STD,
    minibatches.MINIBATCH_INDICES,
)
CLEAR_LEAD = 0.5
"""By how much the best family must fit better than the next."""


GROUPS: Final = {
    "kl": ("kl_categorical", "kl_gaussian"),
    "entropy": ("entropy_categorical", "entropy_gaussian"),
}
"""Names that stand for several families; the arguments tell which."""


def family(name: str) -> Family:
    """The family of this name.

    Raises:
        NotUnderstoodError: there is none.

    >>> family("gae").name
    'gae'
    """
    return named(name)[0]


def named(name: str, function: Callable[..., Any] | None = None) -> list[Family]:
    """The family of this name, or those of a group, the likeliest for a function first.

    Raises:
        NotUnderstoodError: there is none.

    >>> [one.name for one in named("kl", lambda mean1, std1, mean2, std2: 0)]
    ['kl_gaussian', 'kl_categorical']
    """
    wanted = name.replace("-", "_").lower()
    members = GROUPS.get(wanted, (wanted,))
    found = [one for one in FAMILIES if one.name in members]
    if not found:
        names = ", ".join([*(one.name for one in FAMILIES), *GROUPS])
        raise NotUnderstoodError(f"no family is called {name!r}; there are {names}")
    if function is not None:
        found.sort(key=lambda one: -_score(one, function, one.name))
    return found


def family_of(function: Callable[..., Any], name: str = "") -> Family:
    """The family that a function's name and arguments speak for.

    Args:
        function: the function.
        name: its name, if it is not its own.

    Raises:
        NotUnderstoodError: no family fits, or two fit alike.

    >>> def compute_gae(rewards, values, dones, last_value): ...
    >>> family_of(compute_gae).name
    'gae'
    """
    called = (name or getattr(function, "__qualname__", type(function).__name__)).lower()
    scores = sorted(((_score(one, function, called), one.name) for one in FAMILIES), reverse=True)
    (best, first), (next_best, second) = scores[:2]
    names = ", ".join(one.name for one in FAMILIES)
    if best <= 0:
        raise NotUnderstoodError(
            f"{called}: neither its name nor its arguments tell a family; say --as one of {names}"
        )
    if best - next_best < CLEAR_LEAD:
        raise NotUnderstoodError(f"{called}: it could be {first} or {second}; say which with --as")
    return family(first)


def _score(one: Family, function: Callable[..., Any], called: str) -> float:
    """How well a family fits: by name first, then by the share of arguments that it knows."""
    own = called.rpartition(".")[2]
    hits = [place for place, words in enumerate(one.words) if re.search(words, own)]
    by_class = [place for place, words in enumerate(one.words) if re.search(words, called)]
    score = 10.0 - hits[0] if hits else 4.0 - 0.5 * by_class[0] if by_class else 0.0
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return score
    required = [p.name for p in parameters if p.default is p.empty and p.name != "self"]
    roles = {role.name for name in required for role in matching(name, one)}
    if not required or not all(group & roles for group in one.needs):
        own_state = any(p.name == "self" for p in parameters) or not required
        return score if own_state or inspect.isclass(function) or roles else 0.2 * score
    share = sum(bool(matching(name, one)) for name in required) / len(required)
    return score + 3.0 * share if hits or by_class or share == 1.0 else 0.0
