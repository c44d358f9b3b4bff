"""Identities of targets and losses of batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.evidence.distributions import CATEGORICAL_ENTROPY, GAUSSIAN_ENTROPY, KL, MEAN, TANH
from rlprobe.checks.evidence.identity import DoesNotApplyError, Identity, same

if TYPE_CHECKING:
    from rlprobe.checks.case import Case
    from rlprobe.checks.evidence.identity import Asked


def _backwards(asked: Asked, case: Case) -> bool:
    order = np.arange(case.sizes["B"])[::-1]
    return same(asked(case.take("B", order)), asked(case)[order])


def _ended(case: Case) -> Case:
    return case.change(terminated=case.terminated | True, truncated=case.truncated & False)


FLAGS = ("terminated", "dones", "masks", "discounts")


def _all_end(asked: Asked, case: Case) -> bool:
    if not asked.reading.roles & set(FLAGS):
        return True
    return same(asked(_ended(case)), case.rewards)


def _actions_moved(asked: Asked, case: Case) -> bool:
    tables = {n: v[:, ::-1] for n, v in case.data.items() if case.axes.get(n) == "BA"}
    actions = case.next_q.shape[1] - 1 - case.actions
    return same(asked(case.change(**tables, actions=actions)), asked(case))


def _scaled(asked: Asked, case: Case) -> bool:
    tables = {n: 3 * v for n, v in case.data.items() if case.axes.get(n) == "BA"}
    return same(asked(case.change(**tables, rewards=3 * case.rewards)), 3 * asked(case))


def _alone(asked: Asked, case: Case) -> bool:
    rows = case.sizes["B"]
    return same(np.concatenate([asked(case.take("B", [row])) for row in range(rows)]), asked(case))


def _lowered(asked: Asked, case: Case) -> bool:
    worse = {
        n: case.data[n] - (case.data[n] < case.data[n].max(axis=1, keepdims=True))
        for n in ("next_q", "next_q_online")
    }
    if asked.family.name == "double_q_target":  # the online network chooses
        del worse["next_q"]
    return same(asked(case.change(**worse)), asked(case))


TARGETS = (
    Identity("each transition alone has the target that it has in a batch", _alone, output="targets"),
    Identity("lower values of worse next actions give the same targets", _lowered, output="targets"),
    Identity("rewards and action values times 3 give 3 times the targets", _scaled, output="targets"),
    Identity("where every step terminated, targets are rewards", _all_end, output="targets"),
    Identity(
        "at gamma = 0, targets are rewards",
        lambda f, c: same(f(c.change(gamma=0.0)), c.rewards),
        frozenset({"gamma"}),
        "targets",
    ),
    Identity(
        "another order of transitions gives the same targets in that order", _backwards, output="targets"
    ),
    Identity("another order of actions gives the same targets", _actions_moved, output="targets"),
)


def _plain_target(seen: Case) -> Any:
    return seen.rewards + seen.gamma * (1.0 - seen.terminated) * seen.next_q.max(axis=1)


DOUBLE = (
    *TARGETS,
    Identity(
        "where both networks are the same, targets are those of plain Q-learning",
        lambda f, c: same(f(c.change(next_q_online=c.next_q)), _plain_target(f.seen(c))),
        output="targets",
    ),
)


def _mean_kept(asked: Asked, case: Case) -> bool:
    inside = case.change(rewards=0.05 * np.clip(case.rewards, -1, 1), gamma=0.9)
    found, seen = asked(inside), asked.seen(inside)
    wanted = seen.rewards + seen.gamma * (1.0 - seen.terminated) * (seen.next_probs @ seen.support)
    return same(found @ seen.support, wanted)


C51 = (
    Identity("projected probabilities sum to 1", lambda f, c: same(f(c).sum(axis=1), np.ones(c.sizes["B"]))),
    Identity(
        "where nothing is clipped, the mean of the distribution is r + gamma times the mean before",
        _mean_kept,
        frozenset({"rewards"}),
    ),
    Identity("another order of transitions gives the same rows in that order", _backwards),
)
QUANTILES = (
    Identity(
        "another order of target quantiles gives the same loss",
        lambda f, c: same(f(c.change(targets=c.targets[:, ::-1])), f(c)),
    ),
    Identity("the loss is never negative", lambda f, c: bool((np.asarray(f(c)) >= -1e-6).all())),
    Identity(
        "the loss is 0 where all quantiles and targets are equal",
        lambda f, c: same(f(c.change(quantiles=0 * c.quantiles + 1, targets=0 * c.targets + 1)), 0.0 * f(c)),
    ),
)


LOSS = "the loss (negated, mean)"
PPO = (
    Identity(
        "where the ratio is 1, the loss is minus the mean advantage",
        lambda f, c: same(f(c.change(log_probs=c.old_log_probs)), -c.advantages.mean()),
        output=LOSS,
    ),
    Identity(
        "advantages times 3 give 3 times the loss",
        lambda f, c: same(f(c.change(advantages=3 * c.advantages)), 3 * f(c)),
        output=LOSS,
    ),
    Identity(
        "another order of rows gives the same loss",
        lambda f, c: same(f(c.take("B", np.arange(c.sizes["B"])[::-1])), f(c)),
        output=LOSS,
    ),
)


def _reordered(asked: Asked, case: Case) -> bool:
    if np.ndim(asked(case)) > 0:
        raise DoesNotApplyError
    return same(asked(case.take("B", np.arange(case.sizes["B"])[::-1])), asked(case))


def _unmoved(asked: Asked, case: Case) -> bool:
    """Where the values did not change, clipping has no effect."""
    still = case.change(old_values=case.values)
    error = ((still.values - still.returns) ** 2).mean()
    return same(asked(still), error if not asked.output.startswith("half") else 0.5 * error)


VALUE_LOSS = (
    Identity("where the values did not change, the loss is the mean squared error", _unmoved, output=MEAN),
    Identity(
        "where the values did not change, the loss is half of the mean squared error",
        _unmoved,
        output=f"half of {MEAN}",
    ),
    Identity(
        "the same number added to all values and returns gives the same loss",
        lambda f, c: same(
            f(c.change(values=c.values + 2, old_values=c.old_values + 2, returns=c.returns + 2)), f(c)
        ),
    ),
    Identity("another order of rows gives the same loss", _reordered),
)
OF = {
    "q_target": TARGETS,
    "double_q_target": DOUBLE,
    "c51_projection": C51,
    "quantile_huber": QUANTILES,
    "kl_categorical": KL,
    "kl_gaussian": KL,
    "entropy_categorical": CATEGORICAL_ENTROPY,
    "entropy_gaussian": GAUSSIAN_ENTROPY,
    "tanh_gaussian_log_prob": TANH,
    "ppo_loss": PPO,
    "clipped_value_loss": VALUE_LOSS,
}
