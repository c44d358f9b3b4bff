"""Divide the reward of one environment by the running standard deviation of the return."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from gymnasium.wrappers import Autoreset

from rlprobe.environments.layers import layers
from rlprobe.environments.signals import number, over, telling
from rlprobe.stats.nonfinite import SQUARE_OVERFLOWS_FROM
from rlprobe.wrappers.face import ArgumentsInSpec, DependsOnHistory, closed, refuse_twice, require_env
from rlprobe.wrappers.rewards import LONG_EPISODE, ScaledRewards

if TYPE_CHECKING:
    import numpy.typing as npt


class RewardScale(ScaledRewards, ArgumentsInSpec, DependsOnHistory):
    """Divide rewards by the running standard deviation of the discounted return; sign and order never change.

    ``R_t = gamma * R_{t-1} + r_t`` starts at 0 with every episode, however the last one ended; the divisor
    is the standard deviation of all ``R_t`` so far, and 1 until two of them differ. The reward as it was is
    in ``info["rlprobe"]["raw_reward"]``.

    Why is the mean not subtracted? Because adding a constant to every reward changes the task: it rewards or
    punishes each further step of an episode. With -1 per step, the goal is to finish soon:

    >>> rewards = np.array([-1.0, -1.0, -1.0, -1.1])  # the last step was a little more expensive
    >>> (rewards - rewards.mean()).round(3).tolist()  # three steps now look like a gain: linger!
    [0.025, 0.025, 0.025, -0.075]

    Args:
        env: a single environment; vector ones take ``rlprobe.wrappers.vector.RewardScale``.
        gamma: the discount of the return, that of the agent.
        by: ``"return"``, or ``"reward"`` for the standard deviation of the reward itself.
        scale: a fixed divisor instead of a running one.
        clip: rewards lie within ``+-clip``, applied last; None for no limit. ``clipped`` counts what it
            changed.
        update: whether rewards are counted; ``freeze``, ``unfreeze`` and ``with env.frozen():`` change it.
        stats: share the statistics of another environment.
        on_nonfinite: ``"raise"`` on NaN and infinite rewards, or ``"skip"``: leave them out and pass them on.

    Raises:
        TypeError: ``env`` is a vector environment or none at all.
        ValueError: an argument out of range, or an environment whose reward is normalised already.
        rlprobe.stats.LayoutError: ``stats`` are of another quantity (observations, another gamma).
        rlprobe.stats.NonFiniteError: from ``step``; counts nothing.

    Source: Engstrom et al. (2020), "Implementation matters in deep policy gradients", section 3.

    >>> env = RewardScale(gym.make("CartPole-v1"), gamma=0.5)
    >>> _ = env.reset(seed=0)
    >>> [round(env.step(0)[1], 3) for _ in range(3)]  # returns 1, 1.5, 1.75
    [1.0, 4.0, 3.207]
    """

    def _wrap(self, env: Any) -> None:
        require_env(self, env)
        refuse_twice(self, env, "NormalizeReward")
        gym.Wrapper.__init__(self, env)

    def _begin(self) -> None:
        self._return = 0.0
        self._length = 0
        self._ended = False
        self._autoreset = any(isinstance(layer, Autoreset) for layer in layers(self.env))

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Step, and divide the reward after counting it."""
        if self._closed:
            raise closed(self)
        observation, reward, terminated, truncated, info = self.env.step(action)
        self.steps += 1
        raw = reward if type(reward) is float else number(reward)
        if type(info) is dict and "rlprobe" not in info:  # the most frequent case, without a call
            info = info.copy()
            info["rlprobe"] = {"raw_reward": raw}
        else:
            info = telling(info, raw_reward=raw)
        scaled = self._count(raw) if self.updating and self.fixed_scale is None else self._divide(raw)
        if (terminated is not False or truncated is not False) and over(terminated, truncated):
            self._return = 0.0
            self._ended = self._autoreset
            self._length = 0
        limit = self._limit
        if not -limit <= scaled <= limit and isfinite(scaled):
            self._clipped += 1
            scaled = limit if scaled > 0.0 else -limit
        return observation, scaled, terminated, truncated, info

    def _count(self, raw: float) -> float:
        """Count ``raw`` and return it divided."""
        if self._ended:  # this step was the reset that gymnasium.wrappers.Autoreset does: not a reward
            self._ended = False
            return self._divide(raw)
        if self._watch:
            self._measure_episode()
        moments = self._moments
        total = self._return * self.gamma + raw
        value = total if self.by == "return" else raw
        if not abs(value) < SQUARE_OVERFLOWS_FROM:
            return self._left_out(raw)
        self._return = total
        if 0 < moments.count < moments.until or moments.ready(1):
            distance = value - moments.flat[0]
            return raw / self._add(1, distance, distance * distance)
        moments.add_rows(np.array([[value]]))
        return raw / self.scale

    def _divide(self, raw: float) -> float:
        """``raw`` divided by the current scale, not counted; the running return continues."""
        if not isfinite(raw):
            return self._left_out(raw)
        self._return = self._return * self.gamma + raw
        return raw / self.scale

    def _left_out(self, raw: float) -> float:
        """A reward is not finite: raise, or pass it on; the return continues as if the reward were 0."""
        if self.on_nonfinite == "raise":
            raise self._refused(raw, "")
        self._return *= self.gamma
        return raw / self.scale

    def _measure_episode(self) -> None:
        self._length += 1
        if self._length > LONG_EPISODE:
            self._warn_endless()

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Reset, and begin a new return."""
        if self._closed:
            raise closed(self)
        result = self.env.reset(seed=seed, options=options)
        self._return = 0.0
        self._length = 0
        self._ended = False
        return result

    def close(self) -> None:
        """Close the environment."""
        self._closed = True
        self.env.close()

    def _under_way(self) -> dict[str, npt.NDArray[Any]]:
        return {"returns": np.array([self._return]), "resetting": np.array([self._ended])}

    def _resume(self, under_way: dict[str, npt.NDArray[Any]]) -> None:
        self._return = float(under_way["returns"][0])
        self._ended = bool(under_way["resetting"][0])
