"""Divide the rewards of a ``VecEnv`` of Stable-Baselines3 by one running standard deviation of the return."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.adapters.sb3.vec_twin import VecTwin, in_rows, packed, refuse_inside, refuse_static_load, unpack
from rlprobe.environments.signals import telling
from rlprobe.stats import RunningStats, take_over
from rlprobe.wrappers import RewardScale
from rlprobe.wrappers.reward_batches import BatchRewards

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray
    from stable_baselines3.common.vec_env import VecEnv, VecNormalize

OBSERVATIONS = "observations."
"""Prefix, in a file of rewards, of the statistics of the ``VecNormalizeAll`` beneath."""


class VecRewardScale(BatchRewards, VecTwin):
    """``rlprobe.RewardScale`` for a ``VecEnv``: one running divisor for all of its environments.

    The return of each environment restarts from 0 with each episode, after a termination or a truncation.
    Replay buffers keep raw rewards and divide them when they sample. ``infos[i]["rlprobe"]["raw_reward"]`` is
    the raw reward. Set ``norm_reward = False`` in evaluation to get the rewards of the task.

    Args:
        venv: a ``DummyVecEnv``, ``SubprocVecEnv`` or a wrapper of one.
        options: those of ``rlprobe.RewardScale`` (``gamma``, ``by``, ``scale``, ``clip``, ``update``,
            ``stats``, ``on_nonfinite``).

    Raises:
        TypeError: ``venv`` is no ``VecEnv``.
        ValueError: an argument out of range, or environments whose rewards are normalised already.

    >>> from stable_baselines3.common.env_util import make_vec_env
    >>> venv = VecRewardScale(make_vec_env("CartPole-v1", n_envs=2, seed=0), gamma=0.5)
    >>> _ = venv.reset()
    >>> [venv.step(np.array([0, 1]))[1].tolist() for _ in range(2)]  # returns 1, 1, 1.5, 1.5
    [[1.0, 1.0], [4.0, 4.0]]
    """

    def __init__(self, venv: VecEnv, **options: Any) -> None:
        self.options = options
        super().__init__(venv, **options)

    def _wrap(self, env: Any) -> None:
        self._put_around(env)
        theirs = self._inner is not None and not isinstance(self._inner, VecTwin) and self._inner.norm_reward
        peers = ["VecNormalize"] if theirs else []
        refuse_inside(self, env, RewardScale, "RewardScale", "NormalizeReward", *peers)

    def _begin(self) -> None:
        self._expect(self.num_envs)
        self._divides = True

    def _limited(self, env: Any) -> bool:
        with suppress(Exception):  # the spec cannot be sent between processes
            spec = env.get_attr("spec")[0]
            return spec is not None and spec.max_episode_steps is not None
        return False

    def reset(self) -> Any:
        """Reset every environment, and begin their returns anew."""
        observations = self.old_obs = self.venv.reset()
        self._begin_anew(slice(None))
        return observations

    def step_wait(self) -> tuple[Any, Any, Any, list[dict[str, Any]]]:
        """Wait for the step, and divide the rewards after counting them."""
        observations, rewards, dones, infos = self.venv.step_wait()
        self.steps += 1
        self.old_obs, self.old_reward = observations, rewards
        raw = np.array(rewards, dtype=np.float64)
        infos = [telling(info, raw_reward=reward) for info, reward in zip(infos, raw.tolist(), strict=True)]
        scaled = self._divided(raw)
        self._begin_anew(np.asarray(dones, dtype=np.bool_))
        return observations, scaled.astype(np.float32) if self._divides else rewards, dones, infos

    # -- what Stable-Baselines3 calls ----------------------------------------------------------------

    @property
    def norm_obs(self) -> bool:
        """Whether a ``VecNormalizeAll`` is beneath."""
        return self._inner is not None and bool(self._inner.norm_obs)

    @property
    def norm_reward(self) -> bool:
        """Whether rewards come out divided; statistics are counted either way."""
        return self._divides

    @norm_reward.setter
    def norm_reward(self, dividing: bool) -> None:
        self._divides = bool(dividing)

    @property
    def ret_rms(self) -> RunningStats:
        """The statistics, under the name by which evaluation environments are synchronised."""
        return self.stats

    @ret_rms.setter
    def ret_rms(self, other: Any) -> None:
        if isinstance(other, RunningStats):
            self.stats.require(other.layout)
            self.stats.load_state_dict(other.state_dict())
        else:
            take_over(self.stats, mean=other.mean, var=other.var, count=other.count)

    @property
    def obs_rms(self) -> Any:
        """The statistics of the ``VecNormalizeAll`` beneath; None without one."""
        return None if self._inner is None else self._inner.obs_rms

    @obs_rms.setter
    def obs_rms(self, other: Any) -> None:
        if self._inner is not None and other is not None:
            self._inner.obs_rms = other

    @property
    def returns(self) -> NDArray[np.float64]:
        """The unfinished discounted return of each environment."""
        return np.array(self._returns)

    def normalize_reward(self, reward: NDArray[Any]) -> NDArray[Any]:
        """``reward`` divided and clipped, counting nothing."""
        if not self._divides:
            return reward
        scaled = np.asarray(reward, dtype=np.float64) / self.scale
        return scaled.clip(-self._limit, self._limit).astype(np.float32)

    def unnormalize_reward(self, reward: NDArray[Any]) -> NDArray[Any]:
        """The opposite of ``normalize_reward``, but for what was clipped."""
        return np.asarray(reward * self.scale) if self._divides else reward

    def get_original_reward(self) -> NDArray[Any]:
        """The rewards of the last step as the environments gave them."""
        return np.array(self.old_reward)

    def normalize_obs(self, obs: Any) -> Any:
        """As a ``VecNormalizeAll`` beneath standardises; unchanged without one."""
        return obs if self._inner is None else self._inner.normalize_obs(obs)

    def unnormalize_obs(self, obs: Any) -> Any:
        """The opposite of ``normalize_obs``."""
        return obs if self._inner is None else self._inner.unnormalize_obs(obs)

    def get_original_obs(self) -> Any:
        """The observations of the last reset or step as the environments gave them."""
        original = self.old_obs if self._inner is None else self._inner.get_original_obs()
        return in_rows(original, self.observation_space)

    def __getstate__(self) -> dict[str, Any]:
        """Everything but the compiled loop and what the class itself has."""
        return {name: value for name, value in super().__getstate__().items() if name != "class_attributes"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """What ``__getstate__`` returned."""
        super().__setstate__(state)
        VecTwin.__setstate__(self, {})

    # -- keeping -------------------------------------------------------------------------------------

    def kept(self) -> RunningStats:
        """The statistics and the unfinished returns, to be saved."""
        stats = self.stats.copy()
        stats.extra = self._under_way()
        return stats

    def take_back(self, stats: RunningStats) -> None:
        """Continue from what ``kept`` returned; with its returns if the number of environments is equal."""
        self.stats.load_state_dict(stats.state_dict())
        self._resume_if_it_fits(stats.extra)
        self.stats.extra = {}

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the statistics to ``path``, with those of a ``VecNormalizeAll`` beneath; all or nothing."""
        stats = self.kept()
        if self._inner is not None and isinstance(self._inner, VecTwin):
            stats.extra |= packed(self._inner.obs_rms, OBSERVATIONS)
        stats.save(path)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Take over the statistics in ``path``, and those of a ``VecNormalizeAll`` beneath.

        Raises:
            TypeError: called as ``VecRewardScale.load(path, venv)``.
            rlprobe.stats.LayoutError: they are of observations, or of another gamma; both are named.
            rlprobe.stats.StatsFileError: the file is damaged.
        """
        refuse_static_load(VecRewardScale, self)
        super().load(path)
        extra, self.stats.extra = self.stats.extra, {}
        if isinstance(self._inner, VecTwin):
            unpack(self._inner.obs_rms, extra, OBSERVATIONS)

    def take_over(self, old: VecNormalize) -> None:
        """Continue with the statistics and the unfinished returns of a ``VecNormalize`` in memory.

        Raises:
            ValueError: another gamma, or ``by="reward"`` here.
        """
        if old.gamma != self.gamma or self.by != "return":
            raise ValueError(
                f"expected a VecNormalize with gamma={self.gamma}, got gamma={old.gamma} for "
                f"by={self.by!r}: construct VecRewardScale(venv, gamma={old.gamma})"
            )
        self.ret_rms = old.ret_rms
        self._resume_if_it_fits({"returns": np.array(old.returns), "resetting": np.zeros(old.num_envs, bool)})
