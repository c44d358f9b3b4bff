"""Divide the rewards of a vector environment by the running standard deviation of the return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from gymnasium.vector import AutoresetMode, VectorWrapper
from numpy import array, logical_or, ndarray

from rlprobe.environments.autoreset import autoreset_mode, reset_mask
from rlprobe.environments.nests import beside, is_tensor
from rlprobe.environments.signals import telling
from rlprobe.wrappers.face import ArgumentsInSpec, closed, refuse_twice, require_vector_env
from rlprobe.wrappers.reward_batches import BatchRewards

if TYPE_CHECKING:
    import numpy.typing as npt

FLOAT64: Final = np.dtype(np.float64)


class RewardScale(BatchRewards, ArgumentsInSpec, VectorWrapper[Any, Any, Any, Any, Any]):
    """Divide rewards by the running standard deviation of the discounted return of all environments.

    The same as ``rlprobe.RewardScale`` with one statistic for all environments, in every autoreset mode: each
    environment's return starts from 0 with each of its episodes, and a step that only resets (``NEXT_STEP``)
    is not counted. The arguments are those of ``rlprobe.RewardScale``; ``info["rlprobe"]["raw_reward"]`` has
    one value per environment and ``_raw_reward`` says which of them belong to a real step. Rewards that are
    torch tensors come back as tensors of the same type; returns and statistics stay on their device, in
    float64.

    Raises:
        TypeError: ``env`` is a single environment or none at all.
        ValueError, rlprobe.stats.LayoutError, rlprobe.stats.NonFiniteError: as ``rlprobe.RewardScale``.

    >>> import gymnasium as gym
    >>> envs = RewardScale(gym.make_vec("CartPole-v1", num_envs=2, vectorization_mode="sync"), gamma=0.5)
    >>> _ = envs.reset(seed=0)
    >>> [envs.step(np.array([0, 1]))[1].tolist() for _ in range(2)]  # returns 1, 1, 1.5, 1.5
    [[1.0, 1.0], [4.0, 4.0]]
    """

    def _wrap(self, env: Any) -> None:
        require_vector_env(self, env)
        refuse_twice(self, env, "NormalizeReward")
        VectorWrapper.__init__(self, env)

    def _begin(self) -> None:
        self.autoreset_mode = autoreset_mode(self, self.env)
        self._waits = self.autoreset_mode == AutoresetMode.NEXT_STEP
        self._expect(self.env.num_envs)
        self._shape, self._none = (self._n,), bytes(self._n)  # what no flag looks like

    def step(self, actions: Any) -> tuple[Any, npt.NDArray[np.float64], Any, Any, dict[str, Any]]:
        """Step, and divide the rewards after counting them."""
        if self._closed:
            raise closed(self)
        observations, rewards, terminations, truncations, infos = self.env.step(actions)
        self.steps += 1
        if type(rewards) is not ndarray and is_tensor(rewards):
            scaled, infos = self._step_tensors(rewards, terminations, truncations, infos)
            return observations, scaled, terminations, truncations, infos
        raw = rewards.astype(FLOAT64) if type(rewards) is ndarray else array(rewards, FLOAT64)
        if raw.shape != self._shape:
            raise ValueError(f"vector.RewardScale expected rewards of shape ({self._n},), got {raw.shape}")
        own, real = self._every, None
        if self._resetting is not None:
            own = real = ~self._resetting
            self._resetting = None
        if type(infos) is dict and "rlprobe" not in infos:  # the most frequent case, without a call
            infos = infos.copy()
            infos["rlprobe"] = {"raw_reward": raw, "_raw_reward": own}
        else:
            infos = telling(infos, raw_reward=raw, _raw_reward=own)
        scaled = self._divided(raw, real)
        try:  # compared as bytes, in a third of the time of any()
            if terminations.tobytes() == self._none == truncations.tobytes():
                return observations, scaled, terminations, truncations, infos
        except AttributeError:  # lists or tensors
            pass
        ended = logical_or(terminations, truncations)
        if ended.any():
            self._returns[ended] = 0.0
            self._lengths[ended] = 0
            if self._waits:
                self._resetting = ended
        return observations, scaled, terminations, truncations, infos

    def _step_tensors(
        self, rewards: Any, terminations: Any, truncations: Any, infos: dict[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """Rewards that are tensors, on their device."""
        if tuple(rewards.shape) != (self._n,):
            raise ValueError(
                f"vector.RewardScale expected rewards of shape ({self._n},), got {tuple(rewards.shape)}"
            )
        ended = beside(terminations, rewards) | beside(truncations, rewards)
        real = None if self._resetting is None else ~beside(self._resetting, rewards)
        own = ended.new_ones(ended.shape) if real is None else real
        infos = telling(infos, raw_reward=rewards.clone(), _raw_reward=own)
        scaled, after = self._divided_tensors(rewards, real)
        self._returns = after * ~ended
        self._resetting = ended if self._waits else None
        return scaled, infos

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Reset all environments or those of ``options["reset_mask"]``, and begin their returns anew."""
        if self._closed:
            raise closed(self)
        mask = reset_mask(options, self._n)
        result = self.env.reset(seed=seed, options=options)
        self._begin_anew(slice(None) if mask is None else mask)
        return result

    def close(self, **kwargs: Any) -> None:
        """Close the environments."""
        self._closed = True
        self.env.close(**kwargs)
