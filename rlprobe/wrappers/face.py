"""Shared parts of the wrappers: arguments in the spec, checks at construction, freezing, closing."""

from __future__ import annotations

import copy
import functools
import inspect
import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import gymnasium as gym
from gymnasium.error import ClosedEnvironmentError
from gymnasium.utils import RecordConstructorArgs
from gymnasium.vector import VectorEnv

from rlprobe.environments.layers import layers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gymnasium.envs.registration import EnvSpec

    from rlprobe.stats import RunningStats

NOT_IN_SPEC = ("env", "stats")


class ArgumentsInSpec(RecordConstructorArgs):
    """Records the constructor's arguments for ``env.spec``; environment and statistics stay out."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        construct = cls.__init__
        signature = inspect.signature(construct)

        @functools.wraps(construct)
        def recording(self: Any, *args: Any, **kwargs: Any) -> None:
            bound = signature.bind(self, *args, **kwargs)
            bound.apply_defaults()
            given = dict(list(bound.arguments.items())[1:])
            RecordConstructorArgs.__init__(self, **{k: v for k, v in given.items() if k not in NOT_IN_SPEC})
            construct(self, *args, **kwargs)

        cls.__init__ = recording  # type: ignore[method-assign]


class Switch:
    """Switches updates of the statistics off and on."""

    updating: bool

    def freeze(self) -> None:
        """Stop updating the statistics: outputs become a pure function of the input."""
        self.updating = False

    def unfreeze(self) -> None:
        """Update the statistics again."""
        self.updating = True

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Within the ``with`` block the statistics are not updated."""
        before, self.updating = self.updating, False
        try:
            yield
        finally:
            self.updating = before


class DependsOnHistory(gym.Wrapper[Any, Any, Any, Any]):
    """Marks the spec as nondeterministic while the statistics are updated."""

    updating: bool

    @property
    def spec(self) -> EnvSpec | None:  # type: ignore[override]
        """The spec, marked as nondeterministic unless frozen: outputs depend on earlier observations."""
        spec = super().spec
        base = self.unwrapped.spec
        if spec is None or base is None:
            return spec
        running = any(isinstance(layer, DependsOnHistory) and layer.updating for layer in layers(self))
        marked = copy.copy(spec)
        marked.nondeterministic = base.nondeterministic or running
        return marked


def require_env(wrapper: object, env: object) -> None:
    """Refuse anything but a single environment.

    Raises:
        TypeError: names the class that fits.
    """
    name = type(wrapper).__name__
    _refuse_vec_env(name, env)
    if isinstance(env, VectorEnv):
        raise TypeError(
            f"{name} expected a gymnasium.Env, got a vector environment: use rlprobe.wrappers.vector.{name}"
        )
    if not isinstance(env, gym.Env):
        raise TypeError(f"{name} expected a gymnasium.Env, got {type(env).__name__}: {env!r}")


def require_vector_env(wrapper: object, env: object) -> None:
    """Refuse anything but a vector environment.

    Raises:
        TypeError: names the class that fits.
    """
    name = type(wrapper).__name__
    _refuse_vec_env(name, env)
    if isinstance(env, gym.Env):
        raise TypeError(
            f"vector.{name} expected a gymnasium.vector.VectorEnv, got a single one: use rlprobe.{name}"
        )
    if not isinstance(env, VectorEnv):
        raise TypeError(
            f"vector.{name} expected a gymnasium.vector.VectorEnv, got {type(env).__name__}: {env!r}"
        )


def _refuse_vec_env(name: str, env: object) -> None:
    """Refuse a ``VecEnv`` of Stable-Baselines3, with what to write instead; the library is not imported."""
    if not (hasattr(env, "step_async") and hasattr(env, "env_is_wrapped")):
        return
    if name == "FrameSkip":
        instead = "put it into each environment, make_vec_env(..., wrapper_class=rlprobe.FrameSkip)"
    else:
        instead = f"use rlprobe.adapters.sb3.Vec{name}"
    raise TypeError(f"{name} expected a gymnasium environment, got a VecEnv of Stable-Baselines3: {instead}")


def refuse_twice(wrapper: object, env: Any, *peers: str) -> None:
    """Refuse an environment that already has such a wrapper, ours or another library's.

    Raises:
        ValueError: names that wrapper.
    """
    name = type(wrapper).__name__
    for layer in layers(env):
        if type(layer).__name__ in (name, *peers):
            raise ValueError(
                f"{name} expected an environment without another {name} or {'/'.join(peers)}, but "
                f"{type(layer).__module__}.{type(layer).__name__} is already there: wrap once, or take the "
                "other off"
            )


def positive(name: str, value: float | None, *, optional: bool = False) -> float | None:
    """``value`` if it is a positive, finite number (or None where that is allowed).

    Raises:
        ValueError: anything else.
    """
    if value is None and optional:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not (value > 0 and math.isfinite(value))
    ):
        raise ValueError(f"expected {name} above 0 and finite{' or None' if optional else ''}, got {value!r}")
    return float(value)


def closed(wrapper: object) -> ClosedEnvironmentError:
    """The error for using a closed environment."""
    return ClosedEnvironmentError(f"{type(wrapper).__name__} was closed: make a new environment to go on")


def require_stats(wrapper: object, stats: object) -> RunningStats:
    """``stats`` if it is a ``RunningStats``.

    Raises:
        TypeError: anything else, with what to pass.
    """
    from rlprobe.stats import RunningStats

    if not isinstance(stats, RunningStats):
        raise TypeError(
            f"{type(wrapper).__name__} expected stats=other_env.stats, got {type(stats).__name__}"
        )
    return stats
