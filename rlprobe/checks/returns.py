"""Returns: sums of discounted rewards, looking forward and looking back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def discounted_returns(
    rewards: npt.NDArray[np.float64], ends: list[int], gamma: float
) -> npt.NDArray[np.float64]:
    """``G_t = r_t + gamma * G_{t+1}`` of every step of a finished episode.

    Args:
        rewards: of consecutive steps.
        ends: indices of the last step of each episode.
        gamma: the discount.

    >>> discounted_returns(np.array([1.0, 1.0, 5.0]), [1], 0.5).tolist()
    [1.5, 1.0]
    """
    last = set(ends)
    finished = rewards[: max(ends) + 1] if ends else rewards
    found, value = np.zeros(len(finished)), 0.0
    for t in range(len(finished) - 1, -1, -1):
        value = float(finished[t]) + (0.0 if t in last else gamma * value)
        found[t] = value
    return found


def reward_divisor(rewards: npt.NDArray[np.float64], ends: list[int], gamma: float) -> float:
    """What ``RewardScale`` divides by after these rewards: the deviation of ``R_t = gamma R_{t-1} + r_t``.

    Args:
        rewards: of consecutive steps.
        ends: indices of the last step of each episode.
        gamma: the discount.
    """
    last, total, returns = set(ends), 0.0, np.zeros(len(rewards))
    for t, reward in enumerate(rewards.tolist()):
        total = gamma * total + (reward if np.isfinite(reward) else 0.0)
        returns[t] = total
        total = 0.0 if t in last else total
    std = float(returns.std()) if len(returns) else 0.0
    return std if std > 0 else 1.0
