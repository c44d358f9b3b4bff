"""Generalised advantage estimation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating]
    Flags = npt.NDArray[np.bool_]


def gae(
    reward: Floats,
    terminated: Flags,
    done: Flags,
    value: Floats,
    next_value: Floats,
    *,
    gamma: float,
    lam: float,
) -> Floats:
    """Advantages of a rollout, ``(T, ...)``.

    ``delta_t = r_t + gamma (1 - terminated_t) V(s'_t) - V(s_t)``,
    ``A_t = delta_t + gamma lam (1 - done_t) A_{t+1}``: only a termination stops the bootstrap, but any end
    of an episode stops the sum. Source: Schulman et al. (2016), equation 16.

    Args:
        reward: ``(T, ...)`` of consecutive steps.
        terminated: ``(T, ...)`` whether the step terminated its episode.
        done: ``(T, ...)`` whether it terminated or truncated it.
        value: ``(T, ...)`` of the observation before each step.
        next_value: ``(T, ...)`` of the observation after each step, that of the ended episode included.
        gamma: the discount.
        lam: lambda.

    >>> one, no = np.ones(2), np.zeros(2, bool)
    >>> gae(one, no, no, 0 * one, 0 * one, gamma=0.5, lam=1.0).tolist()
    [1.5, 1.0]
    """
    delta = reward + gamma * ~terminated * next_value - value
    advantage = np.zeros_like(delta)
    carry = np.zeros_like(delta[0])
    for t in reversed(range(len(delta))):
        carry = advantage[t] = delta[t] + gamma * lam * ~done[t] * carry
    return advantage
