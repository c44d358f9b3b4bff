"""Listen to ``step`` and ``reset`` of every environment, at the outermost wrapper only."""

from __future__ import annotations

import functools
import sys
import threading
from typing import TYPE_CHECKING, Any

import gymnasium as gym

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.monitors.hooks.patches import Patches
    from rlprobe.monitors.listener import Listener

SB3_VEC_ENV = "stable_baselines3.common.vec_env.base_vec_env"
NAMES = ("step", "reset", "step_async", "step_wait")
REST_AFTER_CALLS = 500
"""Calls from other environments after which a class is no longer listened to, until one is reset."""


class _Here(threading.local):
    """Whether this thread is inside an environment; and the actions that wait for ``step_wait``."""

    inside = False
    actions: Any = None


class _InnerCalls:
    """Counts the calls of a method from inside of other environments; if there are no others, it can rest.

    Args:
        hooks: puts the method back.
        cls: the class that defines it.
        plain: the method itself.
    """

    def __init__(self, hooks: EnvironmentHooks, cls: type, plain: Callable[..., Any]) -> None:
        self.hooks, self.cls, self.plain = hooks, cls, plain
        self.only, self.calls = True, 0

    def count(self, ours: Callable[..., Any]) -> None:
        """One more call; ``ours`` is what listens."""
        self.calls += 1
        if self.only and self.calls % REST_AFTER_CALLS == 0:
            self.hooks.rest(self.cls, self.plain, ours)


class EnvironmentHooks:
    """Follows all classes of environments, those included that are defined or imported later.

    Args:
        patches: what is replaced, to be put back.
        listener: hears every step and reset.
    """

    def __init__(self, patches: Patches, listener: Listener) -> None:
        self.patches, self.listener = patches, listener
        self.here = _Here()
        self._done: set[type] = set()
        self._resting: dict[tuple[type, str], Callable[..., Any]] = {}
        for base in (gym.Env, gym.vector.VectorEnv):
            for cls in _with_subclasses(base):
                self.follow(cls)
            self._follow_new(base)
        self.look_again()

    def look_again(self) -> None:
        """Follow the vector environments of Stable-Baselines3, once they are imported."""
        module = sys.modules.get(SB3_VEC_ENV)
        if module is not None and hasattr(module, "VecEnv"):
            for cls in _with_subclasses(module.VecEnv):
                self.follow(cls)

    def _follow_new(self, base: Any) -> None:
        """Follow every class of environments that is defined from now on."""
        follow, own = self.follow, vars(base).get("__init_subclass__")

        def defined(cls: type, /, **kwargs: Any) -> None:
            if own is not None:
                own.__get__(None, cls)(**kwargs)
            else:
                super(base, cls).__init_subclass__(**kwargs)  # type: ignore[misc]
            follow(cls)

        self.patches.put(base, "__init_subclass__", classmethod(defined))

    def follow(self, cls: type) -> None:
        """Listen to what a class itself defines."""
        if cls in self._done or cls is object:
            return
        self._done.add(cls)
        for name in NAMES:
            plain = vars(cls).get(name)
            if callable(plain) and hasattr(plain, "__code__"):
                self.patches.put(cls, name, getattr(self, f"_{name}")(plain, cls))

    def rest(self, cls: type, plain: Callable[..., Any], ours: Callable[..., Any]) -> None:
        """Put back a method of a class that is only ever called by other environments."""
        name = ours.__name__
        if vars(cls).get(name) is ours:
            setattr(cls, name, plain)
            self._resting[cls, name] = ours

    def _wake(self, cls: type) -> None:
        """Listen again to a class of which an environment is reset by the training code."""
        for one, name in [(one, name) for one in cls.__mro__ for name in NAMES]:
            ours = self._resting.pop((one, name), None)
            if ours is not None:
                self.patches.put(one, name, ours)

    def _step(self, plain: Callable[..., Any], cls: type) -> Callable[..., Any]:
        here, listener = self.here, self.listener
        inner = _InnerCalls(self, cls, plain)

        @functools.wraps(plain)
        def step(self: Any, *args: Any, **kwargs: Any) -> Any:
            if here.inside or not listener.alive:
                inner.count(step)
                return plain(self, *args, **kwargs)
            inner.only = False
            here.inside = True
            try:
                result = plain(self, *args, **kwargs)
            finally:
                here.inside = False
            listener.stepped(self, args[0] if args else next(iter(kwargs.values())), result)
            return result

        return step

    def _reset(self, plain: Callable[..., Any], cls: type) -> Callable[..., Any]:
        del cls
        here, listener, resting, wake = self.here, self.listener, self._resting, self._wake

        @functools.wraps(plain)
        def reset(self: Any, *args: Any, **kwargs: Any) -> Any:
            if here.inside or not listener.alive:
                return plain(self, *args, **kwargs)
            if resting:
                wake(type(self))
            mask = (kwargs.get("options") or {}).get("reset_mask")
            here.inside = True
            try:
                result = plain(self, *args, **kwargs)
            finally:
                here.inside = False
            listener.was_reset(self, result, mask)
            return result

        return reset

    def _step_async(self, plain: Callable[..., Any], cls: type) -> Callable[..., Any]:
        here, listener = self.here, self.listener
        inner = _InnerCalls(self, cls, plain)

        @functools.wraps(plain)
        def step_async(self: Any, actions: Any, *args: Any, **kwargs: Any) -> Any:
            if here.inside or not listener.alive:
                inner.count(step_async)
            else:
                inner.only, here.actions = False, actions
            return plain(self, actions, *args, **kwargs)

        return step_async

    def _step_wait(self, plain: Callable[..., Any], cls: type) -> Callable[..., Any]:
        here, listener = self.here, self.listener
        inner = _InnerCalls(self, cls, plain)

        @functools.wraps(plain)
        def step_wait(self: Any, *args: Any, **kwargs: Any) -> Any:
            if here.inside or not listener.alive:
                inner.count(step_wait)
                return plain(self, *args, **kwargs)
            inner.only = False
            here.inside = True
            try:
                result = plain(self, *args, **kwargs)
            finally:
                here.inside = False
            actions, here.actions = here.actions, None
            listener.stepped(self, actions, result)
            return result

        return step_wait


def _with_subclasses(base: type) -> Iterator[type]:
    """A class and all that are derived from it, now."""
    waiting, seen = [base], set()
    while waiting:
        cls = waiting.pop()
        if cls in seen:
            continue
        seen.add(cls)
        yield cls
        waiting += type.__subclasses__(cls)
