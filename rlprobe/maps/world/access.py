"""Put an environment into a state, and know that this works: what was played must be repeated exactly."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any, Final

import gymnasium as gym
import numpy as np

from rlprobe.environments.layers import layers
from rlprobe.environments.random_policy import RandomActions
from rlprobe.environments.signals import first_number

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.maps.world.parts import Parts

    Floats = npt.NDArray[np.float64]

PASSIVE: Final = ("TimeLimit", "OrderEnforcing", "PassiveEnvChecker", "RecordEpisodeStatistics", "Recorder")
"""Wrappers that change neither observations nor actions nor rewards."""
OPTIONS: Final = ("state", "init_state", "initial_state", "start_state")
"""What ``reset`` may call the state to begin in."""
PLAYED_STEPS: Final = 40
PLAYED_S: Final = 1.0


class CannotSetError(Exception):
    """The state of the environment cannot be set; says why."""


class Access:
    """Sets the state of an environment of its own, steps it, and reads observations.

    Args:
        env: may be changed: an environment that nobody else uses.
        parts: the numbers in its observations.

    Raises:
        CannotSetError: there is no state to set, or setting it does not repeat what was played.
    """

    def __init__(self, env: gym.Env[Any, Any], parts: Parts) -> None:
        self.env, self.base, self.parts = env, env.unwrapped, parts
        stack = list(layers(env))
        self.active = [layer for layer in stack[:-1] if type(layer).__name__ not in PASSIVE]
        self._seen, _ = env.reset(seed=0)
        self._way = ""
        self._way = self._find_way()
        self._saved = {k: v for k, v in vars(self.base).items() if k not in {"_np_random", "state", "s"}}
        self._stepped: Any = self.env if self.active else self.base
        self.stochastic = False
        self._observe = None
        self._prove()

    def _find_way(self) -> str:
        data = getattr(self.base, "data", None)
        if callable(getattr(self.base, "set_state", None)) and hasattr(data, "qpos"):
            return "mujoco"
        state = _numbers(getattr(self.base, "state", None))
        if state is not None and state.ndim == 1 and len(state) and self._takes_attribute():
            return "state"
        for key in OPTIONS:
            if self._takes_option(key):
                self._option = key
                return "options"
        raise CannotSetError(
            "its state cannot be set: env.unwrapped has neither an attribute `state` of numbers nor "
            f"set_state, and reset(options={{{OPTIONS[0]!r}: ...}}) does not begin there"
        )

    def _takes_attribute(self) -> bool:
        try:
            self.base.state = self.base.state  # type: ignore[attr-defined]
        except AttributeError:  # a property without a setter
            return False
        return True

    def _takes_option(self, key: str) -> bool:
        """Whether ``reset(options={key: state})`` begins in that state, for two states that were met."""
        met = []
        try:
            for seed in (3, 4):
                observation, _ = self.env.reset(seed=seed)
                met.append(self.read_in(self.base, observation))
            for state in met:
                observation, _ = self.env.reset(seed=5, options={key: state.copy()})
                if not np.allclose(self.read_in(self.base, observation), state, rtol=1e-5, atol=1e-6):
                    return False
        except Exception:  # noqa: BLE001 - whatever an environment raises on an option it does not know
            return False
        return not np.allclose(met[0], met[1])

    def read(self) -> Floats:
        """The state now, as numbers."""
        return self.read_in(self.base, self._seen)

    def read_in(self, base: Any, observation: Any) -> Floats:
        """The state of another such environment, which shows ``observation``."""
        if self._way == "mujoco":
            return np.concatenate([base.data.qpos, base.data.qvel])
        state = _numbers(getattr(base, "state", None))
        return self.parts.numbers(observation) if state is None or state.ndim != 1 else state.copy()

    def put(self, state: Floats) -> None:
        """Be in ``state``, as if the episode had just begun."""
        if self._way == "mujoco":
            split = len(self.base.data.qpos)  # type: ignore[attr-defined]
            self.base.set_state(np.array(state[:split]), np.array(state[split:]))  # type: ignore[attr-defined]
            return
        if self._way == "options":
            self._seen, _ = self.env.reset(options={self._option: np.array(state)})
            return
        vars(self.base).update(self._saved)
        self.base.state = self._form(state)  # type: ignore[attr-defined]

    def _form(self, state: Floats) -> Any:
        """``state`` in the type in which the environment keeps it."""
        return tuple(state.tolist()) if self._tuple else np.array(state, dtype=self._dtype)

    def step(self, action: Any) -> tuple[Floats, float, bool, Any]:
        """The next state, the reward, whether it terminated, and the observation."""
        observation, reward, terminated, _, _ = self._stepped.step(action)
        self._seen = observation
        return self.read(), first_number(reward), bool(terminated), observation

    def observation(self, state: Floats) -> Any:
        """What the agent sees in ``state``; raises ``CannotSetError`` if that cannot be found."""
        self.put(state)
        if self._way == "options":
            return self._seen
        seen = self._look()
        for layer in reversed(self.active):
            if isinstance(layer, gym.ObservationWrapper):
                seen = layer.observation(seen)
        return seen

    def observations(self, states: Floats) -> Any:
        """What the agent sees in ``(n, size)`` states, as a batch."""
        return self.parts.batch(np.stack([self.parts.numbers(self.observation(state)) for state in states]))

    def _look(self) -> Any:
        for name in ("_get_obs", "_get_ob", "get_obs"):
            look = getattr(self.base, name, None)
            if callable(look):
                return look()
        space = self.base.observation_space
        return np.asarray(self.read(), dtype=space.dtype or np.float32)

    def _prove(self) -> None:
        """Play, and repeat from every state that was met; raises if anything differs."""
        state = getattr(self.base, "state", None)
        self._tuple = isinstance(state, (tuple, list))
        self._dtype = getattr(state, "dtype", np.float64)
        actions = RandomActions(self.env.action_space)
        observation, _ = self.env.reset(seed=1)
        self._seen = observation
        played: list[Any] = []
        until = time.perf_counter() + PLAYED_S
        while len(played) < PLAYED_STEPS and (time.perf_counter() < until or len(played) < 2):
            before, seen, action = self.read(), copy.deepcopy(observation), actions.draw()
            chance = self.base.np_random.bit_generator.state
            observation, reward, terminated, truncated, _ = self.env.step(action)
            self._seen = observation
            after = self.read()
            played.append((before, seen, action, chance, (after, first_number(reward), bool(terminated))))
            if terminated or truncated:
                observation, _ = self.env.reset()
                self._seen = observation
        for before, _, action, chance, outcome in played:
            if not _alike(outcome, self._again(before, action, chance)):
                raise CannotSetError(
                    "its state cannot be set: after setting env.unwrapped.state, a step does not repeat "
                    "what was played; it keeps more of its state elsewhere, or draws from another generator "
                    "than self.np_random"
                )
            drawn = [self._again(before, action) for _ in range(2)]
            self.stochastic = self.stochastic or not _alike(*drawn)
        if any(not self._same(seen, self.observation(before)) for before, seen, *_ in played):
            raise CannotSetError(
                "the observation of a state is unknown: there is no _get_obs() that gives it"
            )

    def _same(self, one: Any, other: Any) -> bool:
        a, b = self.parts.numbers(one), self.parts.numbers(other)
        return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-4, atol=1e-5))

    def _again(self, state: Floats, action: Any, chance: Any = None) -> tuple[Floats, float, bool]:
        """Step from ``state``; with the generator in the state ``chance``, if that is given."""
        self.put(state)
        if chance is not None:
            self.base.np_random.bit_generator.state = chance
        after, reward, terminated, _ = self.step(action)
        return after, reward, terminated


def _numbers(state: Any) -> Floats | None:
    if state is None or isinstance(state, (str, dict)):
        return None
    try:
        return np.asarray(state, dtype=np.float64)
    except (TypeError, ValueError):
        return None


def _alike(one: tuple[Floats, float, bool], other: tuple[Floats, float, bool]) -> bool:
    close = np.allclose(one[0], other[0], rtol=1e-5, atol=1e-6) and np.isclose(
        one[1], other[1], rtol=1e-5, atol=1e-6
    )
    return bool(close) and one[2] == other[2]
