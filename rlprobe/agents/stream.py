"""Transitions from single and vector environments, always with the true next observation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float32]
    Bools: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Step:
    """One step of ``n`` environments.

    Args:
        observation: ``(n, d)`` the observation before the step.
        action: ``(n, ...)`` the action, in the agent's own coordinates.
        reward: ``(n,)``.
        next_observation: ``(n, d)`` the observation after the step; at the end of an episode its final
            observation, never the first one of the next episode.
        terminated, truncated: ``(n,)``.
        real: ``(n,)``; False for the steps of ``NEXT_STEP`` autoreset that only reset and ignore the action.
    """

    observation: Floats
    action: NDArray[Any]
    reward: Floats
    next_observation: Floats
    terminated: Bools
    truncated: Bools
    real: Bools

    @property
    def done(self) -> Bools:
        """``(n,)`` whether the episode terminated or was truncated."""
        return self.terminated | self.truncated


class Stream:
    """Steps a single environment or a ``VectorEnv`` in any autoreset mode.

    Args:
        env: an ``Env`` or a ``VectorEnv``; its observations are flattened to float32 vectors.
        seed: the seed of the first reset.

    Attributes:
        observation: ``(n, d)`` the current observations.
    """

    def __init__(self, env: Any, seed: int) -> None:
        self.env = env
        self.vector = isinstance(env, VectorEnv)
        self.num_envs: int = env.num_envs if self.vector else 1
        self.space = env.single_observation_space if self.vector else env.observation_space
        self.mode = AutoresetMode(env.metadata["autoreset_mode"]) if self.vector else None
        self.observation = self._rows(env.reset(seed=seed)[0])
        self._resetting = np.zeros(self.num_envs, dtype=bool)

    def flat(self, observations: Any) -> Floats:
        """A batch of observations as float32 vectors ``(n, d)``."""
        return flatten(self.space, observations)

    def step(self, env_action: NDArray[Any], action: NDArray[Any] | None = None) -> Step:
        """Take ``env_action`` and record it as ``action``; then ``observation`` is the next one."""
        before, real = self.observation, ~self._resetting
        taken = env_action if self.vector else env_action[0]
        observation, reward, terminated, truncated, info = self.env.step(taken)
        terminated = np.array(terminated, dtype=bool).reshape(self.num_envs)
        truncated = np.array(truncated, dtype=bool).reshape(self.num_envs)
        reached = self._rows(observation)
        final, self.observation = self._around_reset(reached, terminated | truncated, info)
        return Step(
            before,
            np.array(env_action if action is None else action),
            np.array(reward, dtype=np.float32).reshape(self.num_envs),
            final,
            terminated,
            truncated,
            real,
        )

    def _around_reset(self, reached: Floats, done: Bools, info: dict[str, Any]) -> tuple[Floats, Floats]:
        """The successors of this step, and the observations the next step starts from."""
        if self.mode is AutoresetMode.NEXT_STEP:
            self._resetting = done
        elif not done.any():
            pass
        elif self.mode is AutoresetMode.SAME_STEP:
            final = reached.copy()
            for i in np.flatnonzero(done):
                final[i] = self.flat(batch_of_one(row_of(info["final_obs"], i)))[0]
            return final, reached
        else:
            options = {"options": {"reset_mask": done}} if self.vector else {}
            return reached, self._rows(self.env.reset(**options)[0])
        return reached, reached

    def _rows(self, observation: Any) -> Floats:
        return self.flat(observation if self.vector else batch_of_one(observation))


def flatten(space: gym.Space[Any], observations: Any) -> Floats:
    """A batch of observations as float32 vectors ``(n, d)``, always a copy.

    Boxes are flattened, bytes divided by 255, integers one-hot encoded, and the parts of a ``Dict``
    concatenated.

    Raises:
        TypeError: the space is none of these.

    >>> flatten(gym.spaces.Discrete(3, start=1), [2])
    array([[0., 1., 0.]], dtype=float32)
    """
    if isinstance(space, gym.spaces.Dict):
        parts = [flatten(part, observations[key]) for key, part in space.items()]
        return np.concatenate(parts, axis=1)
    batch = np.asarray(observations)
    if isinstance(space, gym.spaces.Discrete):
        return np.asarray(np.eye(int(space.n), dtype=np.float32)[batch - space.start])
    if isinstance(space, gym.spaces.Box):
        rows = np.array(batch, dtype=np.float32).reshape(len(batch), -1)
        return rows / np.float32(255) if space.dtype == np.uint8 else rows
    raise TypeError(
        f"observation space: expected Box, Discrete or Dict, got {space}; "
        "wrap the environment in FlattenObservation"
    )


def batch_of_one(observation: Any) -> Any:
    """One observation with a leading axis of length 1, part by part for a ``Dict``."""
    if isinstance(observation, dict):
        return {key: np.asarray(part)[None] for key, part in observation.items()}
    return np.asarray(observation)[None]


def row_of(observations: Any, row: Any) -> Any:
    """One observation out of a batch; the batch may be a dict of arrays or an array of dicts."""
    if isinstance(observations, dict):
        return {key: part[row] for key, part in observations.items()}
    return observations[row]
