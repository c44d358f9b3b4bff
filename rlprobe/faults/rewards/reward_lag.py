"""Rewards are stored one step late.

Each reward is stored with the observation after the step, so the wrong step gets the credit. The last reward
of an episode is lost, counted as the value after the end, or stored with the next episode.

Reported in openai/spinningup#50.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.faults.transitions import Transitions

TINY = 1e-300


def _before(t: Transitions, earned: NDArray[np.float64]) -> NDArray[np.float64]:
    """``(K,)``: for each succession, the mean of ``earned`` over those that lead to its transition."""
    count = len(t.observation)
    total = np.maximum(np.bincount(t.following, t.succession_weight, count), TINY)
    return np.asarray((np.bincount(t.following, t.succession_weight * earned, count) / total)[t.current])


def _lagged(t: Transitions) -> Transitions:
    return t.change(reward=_before(t, t.reward * ~t.ended))


def _lagged_with_last(t: Transitions) -> Transitions:
    ends_rollout = t.learner.gamma * t.reward * t.ended
    return t.change(reward=_before(t, t.reward * ~t.ended) + ends_rollout)


def _lagged_with_terminal(t: Transitions) -> Transitions:
    ends_rollout = t.learner.gamma * t.reward * t.terminated
    return t.change(reward=_before(t, t.reward * ~t.ended) + ends_rollout)


def _lagged_across(t: Transitions) -> Transitions:
    return t.change(reward=_before(t, t.reward))


FAULT = Fault(
    id="reward-lag",
    component="experience storage",
    look_at="the order of env.step and buffer.store: the reward belongs to the observation before the step",
    wrong="""
buffer.add(obs, action, reward)  # the reward of the step before
obs, reward, terminated, truncated, _ = env.step(action)
""",
    right="""
next_obs, reward, terminated, truncated, _ = env.step(action)
buffer.add(obs, action, reward)
obs = next_obs
""",
    forms=(
        Form(name="the last reward counts as the value after the end", change=_lagged_with_last, actor="any"),
        Form(
            name="the last reward counts as the value after a termination, and is lost at a truncation",
            change=_lagged_with_terminal,
            actor="any",
        ),
        Form(name="the last reward is lost", change=_lagged, actor="any"),
        Form(name="stored with the next episode", change=_lagged_across, actor="any"),
    ),
    module=__name__,
)
