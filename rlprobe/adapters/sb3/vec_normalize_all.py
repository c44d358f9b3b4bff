"""Standardise the observations of a ``VecEnv`` of Stable-Baselines3, with one set of statistics for all."""

from __future__ import annotations

import warnings
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.preprocessing import is_image_space, is_image_space_channels_first

from rlprobe.adapters.sb3.vec_twin import (
    VecTwin,
    as_float,
    in_rows,
    packed,
    refuse_inside,
    refuse_static_load,
    same,
    unpack,
)
from rlprobe.environments.nests import kept, one_row
from rlprobe.environments.signals import telling
from rlprobe.stats import RunningStats, take_over
from rlprobe.wrappers import NormalizeAll
from rlprobe.wrappers.observation_batches import BatchObservations

if TYPE_CHECKING:
    import os

    from numpy.typing import NDArray
    from stable_baselines3.common.running_mean_std import RunningMeanStd
    from stable_baselines3.common.vec_env import VecEnv, VecNormalize

REWARDS = "rewards."
"""Prefix, in a file of observations, of the statistics of the ``VecRewardScale`` beneath."""


class VecNormalizeAll(BatchObservations, VecTwin):
    """``rlprobe.NormalizeAll`` for a ``VecEnv``: one set of statistics for all of its environments.

    Every reset, every step and every ``infos[i]["terminal_observation"]`` counts once, and all are
    standardised with the same statistics. Stable-Baselines3 treats it like a ``VecNormalize``: replay buffers
    keep raw observations, ``EvalCallback`` synchronises statistics, and ``model.get_vec_normalize_env()``
    returns it. Its observation space is that of the standardised observations, so a model cannot be loaded
    with environments that are not wrapped.

    Args:
        venv: a ``DummyVecEnv``, ``SubprocVecEnv`` or a wrapper of one.
        options: those of ``rlprobe.NormalizeAll`` (``clip``, ``epsilon``, ``update``, ``stats``,
            ``on_nonfinite``, ``keys``, ``images``, ``names``, ``keep_raw``, ...).

    Raises:
        TypeError: ``venv`` is no ``VecEnv``.
        ValueError: an argument out of range, or environments that are normalised already.

    >>> from stable_baselines3.common.env_util import make_vec_env
    >>> venv = VecNormalizeAll(make_vec_env("Pendulum-v1", n_envs=4, seed=0))
    >>> observations = venv.reset()
    >>> int(venv.stats.count), bool(abs(observations.mean(0)).max() < 1e-6)
    (4, True)
    """

    called = "VecNormalizeAll"

    def __init__(self, venv: VecEnv, **options: Any) -> None:
        self.options = options
        super().__init__(venv, **options)

    def _wrap(self, env: Any) -> spaces.Space[Any]:
        self._put_around(env)
        peers = [] if self._inner is None or not _normalises(self._inner) else ["VecNormalize"]
        refuse_inside(self, env, NormalizeAll, "NormalizeAll", "NormalizeObservation", *peers)
        space: spaces.Space[Any] = env.observation_space
        return space

    def _declare(self, space: spaces.Space[Any]) -> None:
        self.observation_space = self._output_space(space)
        self._expect(self.num_envs)
        self._terminals: list[tuple[Any, Any]] = []
        _warn_channels_last(space, self.observation_space)

    def reset(self) -> Any:
        """Reset every environment, and standardise the observations after counting them."""
        self.old_obs = self.venv.reset()
        self._terminals = []
        return self._standardise(self.old_obs)

    def step_wait(self) -> tuple[Any, Any, Any, list[dict[str, Any]]]:
        """Wait for the step, and standardise the observations, terminal ones too, after counting them."""
        observations, rewards, dones, infos = self.venv.step_wait()
        self.steps += 1
        self.old_obs, self.old_reward = observations, rewards
        if self.keep_raw:
            infos = [
                telling(info, raw_observation=kept(one_row(observations, i))) for i, info in enumerate(infos)
            ]
        ended = [
            i for i in np.flatnonzero(dones).tolist() if infos[i].get("terminal_observation") is not None
        ]
        if not ended:
            return self._standardise(observations), rewards, dones, infos
        raw = [infos[i]["terminal_observation"] for i in ended]
        standardised, finals = self._standardise_with(observations, raw, np.array(ended))
        for i, final in zip(ended, finals, strict=True):
            infos[i] = infos[i] | {"terminal_observation": final}
        self._terminals = list(zip(finals, raw, strict=True))
        return standardised, rewards, dones, infos

    # -- what Stable-Baselines3 calls ----------------------------------------------------------------

    @property
    def norm_obs(self) -> bool:
        """True: it standardises observations."""
        return True

    @property
    def obs_rms(self) -> RunningStats:
        """The statistics, under the name by which evaluation environments are synchronised."""
        return self.stats

    @obs_rms.setter
    def obs_rms(self, other: Any) -> None:
        if isinstance(other, RunningStats):
            self.stats.require(other.layout)
            self.stats.load_state_dict(other.state_dict())
        else:
            _take_over(self.stats, other)

    @property
    def ret_rms(self) -> Any:
        """The statistics of the ``VecRewardScale`` beneath; None without one."""
        return None if self._inner is None else self._inner.ret_rms

    @ret_rms.setter
    def ret_rms(self, other: Any) -> None:
        if self._inner is not None and other is not None:
            self._inner.ret_rms = other

    @property
    def norm_reward(self) -> bool:
        """Whether a ``VecRewardScale`` beneath divides the rewards; set False to evaluate."""
        return self._inner is not None and bool(self._inner.norm_reward)

    @norm_reward.setter
    def norm_reward(self, dividing: bool) -> None:
        if self._inner is not None:
            self._inner.norm_reward = dividing

    def normalize_obs(self, obs: Any) -> Any:
        """``normalize``, as a replay buffer calls it."""
        return self.normalize(obs)

    def unnormalize_obs(self, obs: Any) -> Any:
        """``denormalize``; a terminal observation of the last step comes back as it was, clipped or not."""
        for position, (standardised, raw) in enumerate(self._terminals):
            if same(standardised, obs):
                self._terminals.append(self._terminals.pop(position))  # of equal ones, the next time another
                return as_float(raw)
        return self.denormalize(obs)

    def normalize_reward(self, reward: NDArray[Any]) -> NDArray[Any]:
        """As a ``VecRewardScale`` beneath divides; unchanged without one."""
        return reward if self._inner is None else np.asarray(self._inner.normalize_reward(reward))

    def unnormalize_reward(self, reward: NDArray[Any]) -> NDArray[Any]:
        """The opposite of ``normalize_reward``."""
        return reward if self._inner is None else np.asarray(self._inner.unnormalize_reward(reward))

    def get_original_obs(self) -> Any:
        """The observations of the last reset or step as they were, whole numbers as floats."""
        return in_rows(as_float(deepcopy(self.old_obs)), self.observation_space)

    # -- keeping -------------------------------------------------------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the statistics to ``path``, with those of a ``VecRewardScale`` beneath; all or nothing."""
        from rlprobe.adapters.sb3.vec_reward_scale import VecRewardScale

        inner = self._inner
        self.stats.extra = packed(inner.kept(), REWARDS) if isinstance(inner, VecRewardScale) else {}
        self.stats.save(path)
        self.stats.extra = {}

    def load(self, path: str | os.PathLike[str]) -> None:
        """Take over the statistics in ``path``, and those of rewards if a ``VecRewardScale`` is beneath.

        Raises:
            TypeError: called as ``VecNormalizeAll.load(path, venv)``.
            rlprobe.stats.LayoutError: they belong to another space; both are named.
            rlprobe.stats.StatsFileError: the file is damaged.
        """
        refuse_static_load(VecNormalizeAll, self)
        from rlprobe.adapters.sb3.vec_reward_scale import VecRewardScale

        self.stats.load(path)
        extra, self.stats.extra = self.stats.extra, {}
        if isinstance(self._inner, VecRewardScale):
            kept = self._inner.kept()
            if unpack(kept, extra, REWARDS):
                self._inner.take_back(kept)

    def take_over(self, old: VecNormalize) -> None:
        """Continue with the statistics of a ``VecNormalize`` in memory.

        Raises:
            ValueError: it has statistics of another shape, or none.
        """
        if not getattr(old, "norm_obs", False):
            raise ValueError("expected a VecNormalize with norm_obs=True, this one has no statistics")
        _take_over(self.stats, old.obs_rms)


def _take_over(stats: RunningStats, rms: RunningMeanStd | dict[str, RunningMeanStd]) -> None:
    parts = rms if isinstance(rms, dict) else {"": rms}
    labels = [leaf.path[0] if leaf.path else "" for leaf in stats.layout.leaves]
    missing = [label for label in labels if label not in parts]
    if missing:
        raise ValueError(f"expected statistics of {missing}, the VecNormalize has those of {sorted(parts)}")

    def numbers(field: str) -> Any:
        if isinstance(rms, dict):
            return {key: getattr(part, field) for key, part in rms.items()}
        return getattr(rms, field)

    take_over(stats, mean=numbers("mean"), var=numbers("var"), count=numbers("count"))


def _normalises(venv: VecNormalize) -> bool:
    return not isinstance(venv, VecTwin) and bool(venv.norm_obs)


def _warn_channels_last(space: spaces.Space[Any], ours: spaces.Space[Any]) -> None:
    """Warn that the library no longer moves the channels of a standardised picture to the front."""
    parts = space.spaces if isinstance(space, spaces.Dict) else {"observation": space}
    after = ours.spaces if isinstance(ours, spaces.Dict) else {"observation": ours}
    for key, part in parts.items():
        if after[key] is part or not is_image_space(part) or is_image_space_channels_first(part):
            continue
        warnings.warn(
            f"VecNormalizeAll standardises the picture {key!r}, whose channels come last, and "
            "Stable-Baselines3 puts channels first only in pictures of bytes: write "
            "VecNormalizeAll(VecTransposeImage(venv)), and policy_kwargs={'normalize_images': False} for a "
            "policy with convolutions",
            stacklevel=5,
        )
