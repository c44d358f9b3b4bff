"""Play an environment, and see what each of its wrappers returns."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.environments.layers import layers
from rlprobe.environments.signals import first_number
from rlprobe.inspection.playing.replay import replayed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import gymnasium as gym

    from rlprobe.inspection.playing.watchdog import Heartbeat

ON_THEIR_OWN: Final = {"PassiveEnvChecker", "OrderEnforcing", "TimeLimit"}
"""Wrappers of ``gym.make``, which leave observations and rewards alone."""


class Layer:
    """What one wrapper, or the environment itself, has returned last.

    Args:
        env: the wrapper.
    """

    def __init__(self, env: Any) -> None:
        self.env = env
        self.name = type(env).__name__
        self.observation: Any = None
        self.info: dict[str, Any] = {}
        self.reward = 0.0
        self.return_, self.length = 0.0, 0
        self.before: tuple[float, int] = (0.0, 0)
        self.over = self.truncated = False

    def began(self, observation: Any, info: Any) -> None:
        """A reset returned this."""
        self._next_episode()
        self._keep(observation, info)

    def stepped(self, observation: Any, reward: Any, terminated: Any, truncated: Any, info: Any) -> None:
        """A step returned this."""
        if self.over:
            self._next_episode()
        self._keep(observation, info)
        self.reward = first_number(reward)
        self.return_, self.length = self.return_ + self.reward, self.length + 1
        self.over, self.truncated = bool(terminated or truncated), bool(truncated and not terminated)

    def _next_episode(self) -> None:
        if self.length:
            self.before = self.return_, self.length
        self.return_, self.length, self.over, self.truncated = 0.0, 0, False, False

    def _keep(self, observation: Any, info: Any) -> None:
        self.observation = observation.copy() if isinstance(observation, np.ndarray) else observation
        self.info = info if isinstance(info, dict) else {}


def has_wrappers(env: gym.Env[Any, Any]) -> bool:
    """Whether there are wrappers besides those of ``gym.make``."""
    *wrappers, _ = (type(layer).__name__ for layer in layers(env))
    return not ON_THEIR_OWN.issuperset(wrappers)


def layers_played(
    env: gym.Env[Any, Any], seed: int, steps: int, heartbeat: Heartbeat
) -> Iterator[tuple[bool, list[Layer]]]:
    """After every reset and step: whether it was a reset, and each layer, outermost first."""
    with _listening(env) as found:
        for moment in replayed(env, seed, steps):
            heartbeat.beat("looking at what wrappers return")
            yield moment.began, found


@contextmanager
def _listening(env: gym.Env[Any, Any]) -> Iterator[list[Layer]]:
    """Hear within the block what each layer returns; layers whose methods cannot be replaced are left out."""
    found = []
    with ExitStack() as stack:
        for one in layers(env):
            layer = Layer(one)
            if "step" in vars(one) or "reset" in vars(one):
                continue
            one.step, one.reset = _heard(one.step, layer.stepped), _heard(one.reset, layer.began)
            stack.callback(vars(one).pop, "step")
            stack.callback(vars(one).pop, "reset")
            found.append(layer)
        yield found


def _heard(plain: Callable[..., Any], listen: Callable[..., None]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        result = plain(*args, **kwargs)
        listen(*result)
        return result

    return call
