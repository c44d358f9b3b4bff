"""The interface of ``VecNormalize``, which Stable-Baselines3 expects of a normaliser."""

from __future__ import annotations

import inspect
import os
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.vector import VectorEnv
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper, VecNormalize
from stable_baselines3.common.vec_env import unwrap_vec_normalize as normaliser_of

from rlprobe.environments.layers import layers
from rlprobe.stats.files import layout_from, layout_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.stats import RunningStats


class VecTwin(VecNormalize):  # type: ignore[misc]
    """A normaliser that Stable-Baselines3 treats like a ``VecNormalize``.

    A replay buffer keeps raw observations and rewards and standardises them when it samples.
    ``EvalCallback`` synchronises the evaluation environment. ``CheckpointCallback`` saves the statistics.
    ``model.get_vec_normalize_env()`` returns the outermost of our normalisers. Each of them does its own half
    (observations or rewards) and forwards the other half to the one beneath it.
    """

    options: dict[str, Any]
    """The arguments of the constructor, without the environments."""
    updating: bool
    old_obs: Any
    old_reward: Any

    def _put_around(self, venv: Any) -> None:
        """Become the outermost layer of ``venv``.

        Raises:
            TypeError: no ``VecEnv``; names the class that fits.
            ValueError: the environments inside have the single wrapper already.
        """
        require_vec_env(self, venv)
        VecEnvWrapper.__init__(self, venv)
        self._inner = normaliser_of(venv)
        self.old_obs, self.old_reward = None, np.zeros(venv.num_envs, dtype=np.float32)

    @property
    def training(self) -> bool:
        """Whether statistics are counted; theirs for ``unfreeze()`` and ``freeze()``."""
        return self.updating

    @training.setter
    def training(self, counting: bool) -> None:
        self.updating = bool(counting)

    def step_wait(self) -> tuple[Any, Any, Any, list[dict[str, Any]]]:
        """Wait for the environments and do this wrapper's half of the work."""
        raise NotImplementedError

    def get_original_reward(self) -> NDArray[Any]:
        """The rewards of the last step as the environments gave them."""
        if self._inner is not None:
            return np.array(self._inner.get_original_reward())
        return np.array(self.old_reward)

    def __getstate__(self) -> dict[str, Any]:
        """Everything, the environments included, where those can be copied."""
        return {name: value for name, value in self.__dict__.items() if name != "class_attributes"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """What ``__getstate__`` returned."""
        self.__dict__.update(state)
        self.class_attributes = dict(inspect.getmembers(type(self)))

    def set_venv(self, venv: VecEnv) -> None:
        """Refused: construct a new twin instead.

        Raises:
            TypeError: always, with what to write.
        """
        del venv
        name = type(self).__name__
        raise TypeError(f"{name} keeps its environments: write {name}(venv) and load(path)")


def in_rows(observations: Any, space: spaces.Space[Any]) -> Any:
    """``observations`` with an axis per environment and one more, which replay buffers index at an end.

    Those of a ``Discrete`` space come without the second one; buffers store them in shape ``(n, 1)``.
    """
    if isinstance(space, spaces.Discrete):
        return np.asarray(observations).reshape(-1, 1)
    return observations


def same(standardised: Any, given: Any) -> bool:
    """Whether two nests of arrays are equal."""
    if isinstance(standardised, dict):
        return isinstance(given, dict) and all(same(part, given[key]) for key, part in standardised.items())
    return np.shape(standardised) == np.shape(given) and bool(np.array_equal(standardised, given))


def as_float(raw: Any) -> Any:
    """Whole numbers as floats that hold them, so that standardised values may be written beside them."""
    if isinstance(raw, dict):
        return {key: as_float(part) for key, part in raw.items()}
    array = np.asarray(raw)
    if array.dtype.kind not in "ui":
        return raw
    return array.astype(np.float32 if array.dtype.itemsize < 4 else np.float64)


def require_vec_env(wrapper: object, venv: object) -> None:
    """Refuse anything but a ``VecEnv``.

    Raises:
        TypeError: names the class that fits.
    """
    if isinstance(venv, VecEnv):
        return
    name = type(wrapper).__name__
    single = name.removeprefix("Vec")
    if isinstance(venv, VectorEnv):
        fits = f"a vector environment of Gymnasium: use rlprobe.wrappers.vector.{single}"
    elif isinstance(venv, gym.Env):
        fits = f"a single environment: use rlprobe.{single}, or {name}(DummyVecEnv([lambda: env]))"
    else:
        fits = f"{type(venv).__name__}: {venv!r}"
    raise TypeError(f"{name} expected a VecEnv of Stable-Baselines3, got {fits}")


def refuse_inside(wrapper: object, venv: VecEnv, done: type[Any], *peers: str) -> None:
    """Refuse environments that are normalised already, each on its own or all together.

    Args:
        wrapper: that is being constructed.
        venv: around which.
        done: our wrapper of single environments that does the same; also found in other processes.
        peers: names of classes, ours and others', that do the same.

    Raises:
        ValueError: names what is there and where.
    """
    name = type(wrapper).__name__
    there = [type(layer).__name__ for layer in layers(venv) if type(layer).__name__ in (name, *peers)]
    if not there and venv.env_is_wrapped(done)[0]:
        there = [done.__name__]
    if there:
        raise ValueError(
            f"{name} expected environments that are not normalised yet, but {there[0]} is already there: "
            f"wrap once. Within each environment, {done.__name__} has its own statistics, so the same state "
            f"looks different in each; remove it and keep {name}, which has one set of statistics for all"
        )


def packed(stats: RunningStats, prefix: str) -> dict[str, NDArray[Any]]:
    """Statistics as arrays that can travel in the file of others, under ``prefix``."""
    layout = np.frombuffer(layout_text(stats.layout).encode(), dtype=np.uint8)
    return {f"{prefix}layout": layout} | {f"{prefix}{k}": v for k, v in stats.state_dict().items()}


def unpack(stats: RunningStats, extra: dict[str, NDArray[Any]], prefix: str) -> bool:
    """Take over what ``packed`` made; False if it is not there.

    Raises:
        rlprobe.stats.LayoutError: it is of another space or another gamma.
    """
    found = {k.removeprefix(prefix): v for k, v in extra.items() if k.startswith(prefix)}
    if not found:
        return False
    stats.require(layout_from(found.pop("layout").tobytes().decode()))
    stats.load_state_dict(found)
    return True


def refuse_static_load(wrapper: type[Any], given: object) -> None:
    """Explain our ``load`` to callers that use it like ``VecNormalize.load(path, venv)``.

    Raises:
        TypeError: ``given``, in the place of ``self``, is a path.
    """
    if isinstance(given, (str, os.PathLike)):
        name = wrapper.__name__
        raise TypeError(f"load is a method here: write venv = {name}(venv); venv.load({str(given)!r})")
