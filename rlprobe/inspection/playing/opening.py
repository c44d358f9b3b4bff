"""From what the user names to an environment that can be played, and replaced after a hang."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING, Any

import gymnasium as gym
from gymnasium.envs.registration import EnvSpec

from rlprobe.environments.names import name_of
from rlprobe.environments.opening import maker
from rlprobe.environments.registered import Registered
from rlprobe.inspection.playing.watchdog import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.inspection.settings import Settings

    Make = Callable[[], gym.Env[Any, Any]]


class Opened:
    """The environment under inspection.

    Args:
        name: what to call it.
        env: the environment.
        make: makes another one; None if the user gave the object itself.
        watch: runs everything that is done with the environment.
    """

    def __init__(self, name: str, env: gym.Env[Any, Any], make: Make | None, watch: Watch) -> None:
        self.name, self.env, self._make, self.watch = name, env, make, watch
        self.usable = True

    @property
    def made(self) -> bool:
        """Whether the environment was made here, and not by the user."""
        return self._make is not None

    def replace(self) -> None:
        """Leave the environment that hangs alone and take a new one, if one can be made."""
        if self._make is None:
            self.usable = False
            return
        make = self._make
        outcome = self.watch.run(lambda _: make())
        self.usable = outcome.value is not None
        if outcome.value is not None:
            self.env = outcome.value

    def vector(self, copies: int) -> gym.vector.VectorEnv[Any, Any, Any] | None:
        """The native vector environment of the same id, if there is one with the same spaces.

        Args:
            copies: environments in it.
        """
        spec = self.env.spec
        if not isinstance(self._make, Registered) or spec is None or not spec.vector_entry_point:
            return None
        vector = gym.make_vec(spec.id, copies, "vector_entry_point", **self._make.arguments)
        alike = (
            vector.single_observation_space == self.env.observation_space
            and vector.single_action_space == self.env.action_space
            and vector.metadata.get("autoreset_mode") is gym.vector.AutoresetMode.NEXT_STEP
        )
        if alike:
            return vector
        vector.close()
        return None


@contextlib.contextmanager
def opened(env: str | EnvSpec | gym.Env[Any, Any] | Make, settings: Settings) -> Iterator[Opened]:
    """Make, and close in the end, the environment; one that the user made stays open.

    Raises:
        ValueError: an id that is not registered, or a function that does not make an environment.
        TypeError: neither an id, nor an environment, nor a function.
    """
    watch = Watch(settings.timeout)
    try:
        source = _source(env, watch)
        yield source
        if source.made and source.usable:
            watch.run(lambda _: source.env.close())
    finally:
        watch.close()


def _source(env: str | EnvSpec | gym.Env[Any, Any] | Make, watch: Watch) -> Opened:
    """The environment that ``env`` names."""
    if isinstance(env, gym.Env):
        spec = name_of(env)
        return Opened(spec, _with_spaces(env), None, watch)
    make = maker(env) if isinstance(env, (str, EnvSpec)) else env
    if isinstance(make, gym.vector.VectorEnv):
        raise TypeError(f"expected one environment, got {make}: give an id, or one environment of that kind")
    if not callable(make):
        raise TypeError(
            f"expected an environment, an id or a function that makes one, got {type(env).__name__}: {env!r}"
        )
    name = str(getattr(make, "name", None) or getattr(make, "__name__", type(make).__name__))
    unchecked = partial(make, checked=False) if isinstance(make, Registered) else make
    outcome = watch.run(lambda _: unchecked())
    if outcome.error is not None:
        told = isinstance(outcome.error, ValueError) and name in str(outcome.error)
        why = "" if told else f"{name} cannot be made: {type(outcome.error).__name__}: "
        raise ValueError(f"{why}{outcome.error}")
    if outcome.value is None or not isinstance(outcome.value, gym.Env):
        why = "did not return in time" if outcome.hung_in else f"returned {type(outcome.value).__name__}"
        raise ValueError(f"{name} {why}; expected a gymnasium.Env")
    return Opened(name, _with_spaces(outcome.value), make, watch)


def _with_spaces(env: gym.Env[Any, Any]) -> gym.Env[Any, Any]:
    """``env``, if it says what it observes and takes."""
    for name in ("observation_space", "action_space"):
        if not isinstance(getattr(env, name, None), gym.Space):
            raise TypeError(
                f"expected {env}.{name} to be a gymnasium.Space, got {getattr(env, name, None)!r}"
            )
    return env
