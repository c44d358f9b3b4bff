"""Environments with four values from ``step``, as before gym 0.26, above those of Gymnasium and between them.

Wrappers of Gymnasium need five values, and those that a script writes for gym have four. So each wrapper of
Gymnasium is put around an environment with five values, and gives four again.
"""

from __future__ import annotations

import functools
import importlib
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

ROOM = "gymnasium.wrappers"
CUT = "TimeLimit.truncated"
"""The key of ``info`` that says that an episode was truncated, as gym had it."""


class FourValues(gymnasium.Wrapper[Any, Any, Any, Any]):
    """``reset() -> observation`` and ``step() -> observation, reward, done, info``."""

    reward_range = (-np.inf, np.inf)

    def reset(self, **options: Any) -> Any:
        """The first observation."""
        return self.env.reset(**options)[0]

    def step(self, action: Any) -> Any:
        """Four values; ``info["TimeLimit.truncated"]`` says whether the episode was truncated."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        if truncated and not terminated:
            info = {**info, CUT: True}
        return observation, reward, terminated or truncated, info

    def seed(self, seed: int | None = None) -> list[int]:
        """Seed the next episode."""
        self.env.reset(seed=seed)
        return [seed or 0]


class FiveValues(gymnasium.Wrapper[Any, Any, Any, Any]):
    """A wrapper that a script wrote for gym, as Gymnasium would have it."""

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        """The first observation and an empty ``info``."""
        del options
        if seed is not None:
            self.env.seed(seed)  # type: ignore[attr-defined]
        return self.env.reset(), {}

    def step(self, action: Any) -> Any:
        """Five values: an episode is truncated if ``info`` says so."""
        observation, reward, done, info = self.env.step(action)  # type: ignore[misc]
        truncated = bool(done and info.get(CUT, False))
        return observation, reward, bool(done) and not truncated, truncated, info


def with_five(env: Any) -> Any:
    """An environment with five values, made of one with four; any other one is left as it is."""
    if isinstance(env, FourValues):
        return env.env
    below = env
    while isinstance(below, gymnasium.Wrapper) and not isinstance(below, FourValues):
        below = below.env
    return FiveValues(env) if isinstance(below, FourValues) else env


def install() -> None:
    """Let wrappers pass four values: Gymnasium's own, and the classes that a script derives its own from."""
    gymnasium.Wrapper.__getattr__ = _of_below  # type: ignore[attr-defined]
    _let_pass(gymnasium.ObservationWrapper, seen=lambda wrapper, one: wrapper.observation(one))
    _let_pass(gymnasium.RewardWrapper, paid=lambda wrapper, one: wrapper.reward(one))
    _let_pass(gymnasium.ActionWrapper, done=lambda wrapper, one: wrapper.action(one))
    room = importlib.import_module(ROOM)
    for name, kind in list(vars(room).items()):
        if isinstance(kind, type) and issubclass(kind, gymnasium.Wrapper):
            setattr(room, name, _around_five(kind))


def _of_below(wrapper: Any, name: str) -> Any:
    """Attributes of the environment below, private ones too, as ``gym`` gave them."""
    if name.startswith("__") or "env" not in wrapper.__dict__:
        raise AttributeError(name)
    return getattr(wrapper.env, name)


def _same(wrapper: Any, one: Any) -> Any:
    del wrapper
    return one


def _let_pass(
    kind: Any,
    *,
    seen: Callable[[Any, Any], Any] = _same,
    paid: Callable[[Any, Any], Any] = _same,
    done: Callable[[Any, Any], Any] = _same,
) -> None:
    """Let classes derived from ``kind`` step environments with four values, beside those with five.

    Args:
        kind: a class of Gymnasium.
        seen: what a wrapper makes of an observation.
        paid: the same of a reward.
        done: the same of an action.
    """
    five_step, five_reset = kind.step, kind.reset

    @functools.wraps(five_step)
    def step(self: Any, action: Any) -> Any:
        if not _gives_four(self.env):
            return five_step(self, action)
        observation, reward, over, info = self.env.step(done(self, action))
        return seen(self, observation), paid(self, reward), over, info

    @functools.wraps(five_reset)
    def reset(self: Any, **options: Any) -> Any:
        if not _gives_four(self.env):
            return five_reset(self, **options)
        return seen(self, self.env.reset(**options))

    kind.step, kind.reset = step, reset


def _gives_four(env: Any) -> bool:
    return with_five(env) is not env


def _around_five(kind: Any) -> type:
    """A wrapper of Gymnasium that takes an environment with four values, and gives four."""

    class Around(kind):  # type: ignore[misc]
        def __new__(cls, env: Any, *args: Any, **options: Any) -> Any:
            if cls is Around and _gives_four(env):
                return FourValues(kind(with_five(env), *args, **options))
            return super().__new__(cls)

    Around.__name__, Around.__qualname__, Around.__doc__ = kind.__name__, kind.__qualname__, kind.__doc__
    return Around
