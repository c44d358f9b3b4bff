"""Both normalisers around a ``VecEnv`` at once, for training and for evaluation."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from gymnasium import spaces
from stable_baselines3.common.preprocessing import is_image_space, is_image_space_channels_first
from stable_baselines3.common.vec_env import VecEnvWrapper, VecTransposeImage, is_vecenv_wrapped

from rlprobe.adapters.sb3.vec_normalize_all import VecNormalizeAll
from rlprobe.adapters.sb3.vec_reward_scale import VecRewardScale
from rlprobe.adapters.sb3.vec_twin import VecTwin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stable_baselines3.common.vec_env import VecEnv

DEFAULTS: Final[Mapping[str, Any]] = MappingProxyType({})


def wrap_vec_env(
    venv: VecEnv,
    *,
    observations: Mapping[str, Any] | None = DEFAULTS,
    rewards: Mapping[str, Any] | None = DEFAULTS,
    like: VecEnv | None = None,
) -> VecEnvWrapper:
    """``VecNormalizeAll(VecRewardScale(venv))``, channels of pictures first as the library wants them.

    Args:
        venv: a ``DummyVecEnv``, ``SubprocVecEnv`` or a wrapper of one.
        observations: options of ``VecNormalizeAll``; None to leave observations alone.
        rewards: options of ``VecRewardScale``, above all ``{"gamma": 0.99}``, the discount of the agent; None
            to leave rewards alone.
        like: for evaluation, the training environment: the same wrappers with its statistics, frozen, and the
            rewards of the task. ``EvalCallback(eval_env)`` then has nothing left to synchronise.

    Raises:
        TypeError: ``venv`` is no ``VecEnv``.
        ValueError: an option out of range, or environments that are normalised already.

    >>> from stable_baselines3.common.env_util import make_vec_env
    >>> train = wrap_vec_env(make_vec_env("Pendulum-v1", n_envs=4), rewards={"gamma": 0.98})
    >>> evaluation = wrap_vec_env(make_vec_env("Pendulum-v1"), like=train)
    >>> evaluation.training, evaluation.norm_reward, evaluation.stats is train.stats
    (False, False, True)
    """
    if not is_vecenv_wrapped(venv, VecTransposeImage) and _channels_last(venv.observation_space):
        venv = VecTransposeImage(venv)
    if like is not None:
        return _like(like, venv)
    if rewards is not None:
        venv = VecRewardScale(venv, **rewards)
    return venv if observations is None else VecNormalizeAll(venv, **observations)


def _channels_last(space: spaces.Space[Any]) -> bool:
    """Whether the library would put the channels of a picture in ``space`` first."""
    parts = space.spaces.values() if isinstance(space, spaces.Dict) else [space]
    return any(is_image_space(part) and not is_image_space_channels_first(part) for part in parts)


def _like(train: VecEnv, venv: VecEnv) -> VecEnvWrapper:
    """The twins of ``train`` around ``venv``, frozen and with its statistics.

    Raises:
        ValueError: there are none.
    """
    twins = []
    while isinstance(train, VecEnvWrapper):
        if isinstance(train, VecTwin):
            twins.append(train)
        train = train.venv
    if not twins:
        raise ValueError("expected like=venv with a VecNormalizeAll or VecRewardScale around it, got none")
    for twin in reversed(twins):
        venv = type(twin)(venv, **twin.options | {"stats": twin.stats, "update": False})
        venv.norm_reward = False
    return venv
