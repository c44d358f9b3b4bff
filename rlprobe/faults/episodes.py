"""Monte-Carlo targets: sums of the rewards of whole episodes.

Such targets stop where an episode terminates or is truncated, and do not bootstrap. The critic's value of an
observation is their mean over the transitions that start there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.faults.fixed_point import UNBOUNDED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.faults.transitions import Transitions

WINDOWS = (2, 3, 4, 5)
"""Rewards of n-step returns that people use most."""
TINY = 1e-9
"""Mean rewards below this count as 0."""


def monte_carlo(t: Transitions, target: NDArray[np.float64]) -> Transitions:
    """The same transitions with the given targets, ``(R,)``, in place of bootstrapped ones."""
    nothing = np.zeros(len(t.current))
    return t.change(reward=target[t.current], bootstrap_mask=nothing, final_bonus=nothing, trace_mask=nothing)


def within(t: Transitions) -> NDArray[np.float64]:
    """``(R, R)`` probability that transition ``j`` follows transition ``i`` in the same episode."""
    return _square(t, t.probability * ~t.ended)


def across(t: Transitions) -> NDArray[np.float64]:
    """``(R, R)`` probability that transition ``i`` ends its episode and ``j`` begins the next one."""
    return _square(t, t.probability * t.ended)


def mean_reward(t: Transitions) -> NDArray[np.float64]:
    """``(R,)`` mean reward of each transition."""
    return np.asarray(np.bincount(t.current, t.probability * t.reward, len(t.observation)), dtype=np.float64)


def returns_to_go(t: Transitions) -> NDArray[np.float64]:
    """``(R,)`` mean discounted return from each transition to the end of its episode."""
    eye = np.eye(len(t.observation))
    return np.asarray(np.linalg.solve(eye - t.learner.gamma * within(t), mean_reward(t)))


def discount_so_far(t: Transitions) -> NDArray[np.float64]:
    """``(R,)`` mean of ``gamma ** t``, where ``t`` is the number of earlier steps in the episode."""
    begun = t.weight @ across(t)
    return _backwards(t, begun) / _positive(t.weight)


def returns_so_far(t: Transitions) -> NDArray[np.float64]:
    """``(R,)`` mean of the rewards before each transition, discounted from the start of the episode."""
    earned = discount_so_far(t)[t.current] * t.reward * t.probability * ~t.ended
    before = np.bincount(t.following, t.weight[t.current] * earned, len(t.observation))
    total = np.linalg.solve(np.eye(len(t.observation)) - within(t).T, before)
    return np.asarray(total) / _positive(t.weight)


def rewards_forward(t: Transitions) -> NDArray[np.float64]:
    """``(R,)`` mean of ``R_t = r_t + gamma R_(t-1)``, summed from the start of the episode."""
    return _backwards(t, t.weight * mean_reward(t)) / _positive(t.weight)


def over_steps(
    t: Transitions,
    steps: int,
    *,
    reward_discount: float,
    last_discount: float,
    as_if_whole: bool = False,
    crosses: NDArray[np.bool_] | bool = False,
) -> Transitions:
    """N-step targets: up to ``steps`` rewards of one episode, then the value of the observation after them.

    ``sum_k reward_discount**k r_k + gamma last_discount**k V``, where ``k`` counts the steps before the last;
    both discounts are gamma if correct. With ``as_if_whole`` the value after fewer than ``steps`` rewards is
    discounted as after ``steps``. Ends of episodes that targets run across, ``crosses``, do not stop them.
    """
    stops = t.ended & ~np.asarray(crosses)
    onward, ahead = _square(t, t.probability * ~stops), np.eye(len(t.observation))
    earned, parts = np.zeros(len(t.observation)), []
    for k in range(steps):
        earned = earned + reward_discount**k * ahead @ mean_reward(t)
        first, pair = np.nonzero(ahead[:, t.current] * (stops | (k == steps - 1)))
        chance = ahead[first, t.current[pair]] * t.probability[pair]
        power = steps - 1 if as_if_whole else k
        parts.append((first, pair, chance, last_discount**power * t.bootstrap_mask[pair]))
        ahead = ahead @ onward
    first, pair, chance, mask = (np.concatenate(part) for part in zip(*parts, strict=True))
    return t.successions(
        pair,
        current=first,
        probability=chance,
        reward=earned[first],
        bootstrap_mask=mask,
        trace_mask=np.zeros(len(pair)),
    ).change(learner=replace(t.learner, n_step=1))


def returns_over_episodes(t: Transitions, episodes: int | None) -> NDArray[np.float64]:
    """``(R,)`` mean return from each transition to the end of its batch of episodes; None: without end."""
    gamma, eye = t.learner.gamma, np.eye(len(t.observation))
    if episodes is None:
        return _endless_returns(t, eye - gamma * (within(t) + across(t)))
    onward = np.linalg.inv(eye - gamma * within(t))
    later = total = onward @ mean_reward(t)
    for _ in range(episodes - 1):
        later = onward @ (mean_reward(t) + gamma * across(t) @ later)
        total = total + later
    return np.asarray(total / episodes)


def returns_over_steps(t: Transitions, steps: int) -> NDArray[np.float64]:
    """``(R,)`` mean return from each transition to the end of its batch: episodes of ``steps`` steps or more.

    The batch ends with the first episode at whose end it holds that many.
    """
    stay, onward = within(t), within(t) + across(t)
    to_go = [returns_to_go(t)]  # by the number of steps that are still missing before a transition, from 1
    for _ in range(steps - 1):
        to_go.append(mean_reward(t) + t.learner.gamma * onward @ to_go[-1])
    visits: NDArray[Any] = t.weight @ across(t)
    total, stored = np.zeros_like(visits), np.zeros_like(visits)
    for returns in reversed(to_go[1:]):
        total, stored = total + visits * returns, stored + visits
        visits = visits @ onward
    visits = np.linalg.solve(np.eye(len(stay)) - stay.T, visits)
    return np.asarray((total + visits * to_go[0]) / _positive(stored + visits))


def _endless_returns(t: Transitions, onward: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns without end; at gamma 1 they grow without bound, unless rewards are 0 on average."""
    rewards = mean_reward(t)
    if t.learner.gamma < 1.0:
        return np.asarray(np.linalg.solve(onward, rewards))
    rate = float(t.weight @ rewards)
    if abs(rate) > TINY:
        return np.full(len(rewards), np.copysign(10.0 * UNBOUNDED, rate))
    return np.asarray(np.linalg.lstsq(onward, rewards, rcond=None)[0])


def episodes_depend(t: Transitions) -> bool:
    """Whether the start of an episode depends on the episode before it."""
    begins = across(t)
    ends = begins.sum(axis=1)
    shares = begins[ends > 0] / ends[ends > 0, None]
    return bool(abs(shares - shares[0]).max() > 1e-9)


def _backwards(t: Transitions, source: NDArray[np.float64]) -> NDArray[np.float64]:
    """``x_j = source_j + gamma * (sum of x_i over the transitions i before j in its episode)``."""
    chain = np.eye(len(t.observation)) - t.learner.gamma * within(t).T
    return np.asarray(np.linalg.solve(chain, source))


def _square(t: Transitions, chance: NDArray[np.float64]) -> NDArray[np.float64]:
    matrix = np.zeros((len(t.observation), len(t.observation)))
    np.add.at(matrix, (t.current, t.following), chance)
    return matrix


def _positive(weight: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(weight > 0, weight, 1.0)
