"""The loss pairs every prediction with every target.

Shapes ``(N, 1)`` and ``(N,)`` broadcast to ``(N, N)``, so every prediction is fitted to the mean of all
targets. All states get the same value: the mean. If only the rewards have the other shape, every target
contains the mean of all rewards instead of its own reward; if only the next values have, their mean; if only
the flags have, every next value counts as often as steps go on.

Reported in thu-ml/tianshou#40 and, as a pitfall, in PyTorch's own warning about target sizes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.episodes import monte_carlo
from rlprobe.faults.whole_episodes import discounted, mean_targets

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def any_reward(t: Transitions) -> Transitions:
    """Each succession once with every reward, weighted by the frequency of that reward."""
    rewards, which = np.unique(t.reward, return_inverse=True)
    often = np.bincount(which, t.succession_weight) / t.succession_weight.sum()
    pair = np.repeat(np.arange(len(t.reward)), len(rewards))
    count = len(t.reward)
    probability = t.probability[pair] * np.tile(often, count)
    return t.successions(pair, reward=np.tile(rewards, count), probability=probability)


def _any_reward_of_episode(t: Transitions) -> Transitions:
    """Each step with every reward of its episode, as where each episode is an update of its own."""
    mean = mean_targets(t, lambda rewards: np.full(len(rewards), rewards.mean()))
    return t if mean is None else t.change(reward=mean[t.current])


def _any_return_of_episode(t: Transitions) -> Transitions:
    """Each step with every return of its episode."""
    gamma = t.learner.gamma
    mean = mean_targets(t, lambda rewards: np.full(len(rewards), discounted(rewards, gamma).mean()))
    return t.with_critic(frozen="unpredictable") if mean is None else monte_carlo(t, mean)


def _any_next(t: Transitions, *, with_mask: bool) -> Transitions:
    """Each succession once with every next value, and its mask or its own one, weighted by frequency."""
    columns = [t.bootstrap.astype(float), t.bootstrap_mask if with_mask else np.zeros(len(t.bootstrap))]
    pairs, which = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    often = np.bincount(which.ravel(), t.succession_weight) / t.succession_weight.sum()
    pair = np.repeat(np.arange(len(t.reward)), len(pairs))
    count = len(t.reward)
    fields = {
        "bootstrap": np.tile(pairs[:, 0].astype(np.int64), count),
        "probability": t.probability[pair] * np.tile(often, count),
    }
    if with_mask:
        fields["bootstrap_mask"] = np.tile(pairs[:, 1], count)
    return t.successions(pair, **fields)


def _any_mask(t: Transitions) -> Transitions:
    """Each succession with every mask, weighted by frequency."""
    weight = t.succession_weight
    if not weight.any():  # another fault stores nothing
        return t
    mean = np.average(t.bootstrap_mask, weights=weight)
    return t.change(bootstrap_mask=np.full(len(t.bootstrap_mask), mean))


COMMON = 2.0
"""Predictions of one shape and targets of another are the usual way."""

FAULT = Fault(
    id="loss-broadcast",
    component="critic loss",
    look_at="the shapes of prediction and target just before the loss: print both",
    wrong="""
v = critic(obs)  # (N, 1)
loss = (v - target).pow(2).mean()  # (N, 1) - (N,) is (N, N)
""",
    right="""
v = critic(obs).squeeze(-1)  # (N,)
loss = (v - target).pow(2).mean()
""",
    forms=(
        Form(
            name="critic of an actor-critic",
            change=lambda t: t.with_critic(one_value=True),
            answers="similar",
            prior=COMMON,
        ),
        Form(
            name="action values",
            change=lambda t: t.with_critic(one_value=True),
            actor="any",
            answers="similar",
            needs="one-step",
            prior=COMMON,
        ),
        Form(name="rewards of a batch", change=any_reward, actor="any", needs="one-step"),
        Form(name="rewards of an episode", change=_any_reward_of_episode, actor="any", needs="one-step"),
        Form(
            name="returns of an episode",
            change=_any_return_of_episode,
            actor_on={"WillToLive": "any"},
            needs="monte-carlo",
        ),
        Form(
            name="next values of a batch",
            change=partial(_any_next, with_mask=False),
            actor="any",
            needs="one-step",
        ),
        Form(name="masks of a batch", change=_any_mask, actor="any", needs="one-step"),
        Form(
            name="next values and masks of a batch",
            change=partial(_any_next, with_mask=True),
            actor="any",
            needs="one-step",
        ),
    ),
    module=__name__,
)
