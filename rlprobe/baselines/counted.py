"""The environment that an agent is trained on: counts its steps and keeps the returns of its episodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from rlprobe.baselines.playing import CUT_AFTER_STEPS
from rlprobe.environments.opening import another
from rlprobe.environments.signals import over, unshaped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.baselines.table import Curve

MOST_POINTS = 40
"""Points of a learning curve."""


class Counted(gym.Wrapper[Any, Any, Any, Any]):
    """Counts what an agent does in ``env``.

    Args:
        env: the environment.
        first: another one whose counts go on here.
    """

    def __init__(self, env: gym.Env[Any, Any], first: Counted | None = None) -> None:
        super().__init__(env)
        self._first, self._total = first or self, 0.0
        self.steps = 0
        self.curve: list[tuple[int, float]] = []

    def another(self) -> Counted:
        """One more environment like this; its steps and episodes count here."""
        return Counted(another(self.env), self)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step, and count."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._first.steps += 1
        self._total += unshaped(reward, info)
        if over(terminated, truncated):
            self._first.curve.append((self._first.steps, self._total))
            self._total = 0.0
        return observation, reward, terminated, truncated, info

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode."""
        self._total = 0.0
        return self.env.reset(seed=seed, options=options)


def smooth(curve: Sequence[tuple[int, float]]) -> Curve:
    """Means of up to 40 stretches of the episodes of a training run.

    >>> smooth([(1, 1.0), (2, 3.0)])
    ((1, 1.0), (2, 3.0))
    """
    if not curve:
        return ()
    parts = np.array_split(np.arange(len(curve)), min(MOST_POINTS, len(curve)))
    return tuple((curve[part[-1]][0], float(np.mean([curve[i][1] for i in part]))) for part in parts)


def limited(env: gym.Env[Any, Any]) -> gym.Env[Any, Any]:
    """The environment with a time limit: its own, or where episodes without one are cut."""
    if env.spec is not None and env.spec.max_episode_steps is not None:
        return env
    return gym.wrappers.TimeLimit(env, CUT_AFTER_STEPS)
