"""Episodes of one environment, with a deadline: returns, lengths and what was met are counted."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rlprobe.environments.registered import Registered
from rlprobe.environments.signals import first_number, over

if TYPE_CHECKING:
    from collections.abc import Callable

    import gymnasium as gym

    from rlprobe.environments.opening import Make

CUT_AFTER_STEPS: Final = 1_000
"""Episodes of environments without a time limit are cut after so many steps."""
FRESH_EPISODES: Final = 20
FRESH_SEED: Final = 7_000_000
"""First seed of the episodes a final policy is judged by; methods never see them before."""
EVALUATION_SHARE: Final = 0.4
"""Of a method's time, at most so much goes into its fresh episodes."""
UNKNOWN_SHARE: Final = 0.15
"""The same while no episode has been timed."""


class OutOfTimeError(Exception):
    """The time of a method is up."""


@dataclass(frozen=True)
class Episode:
    """The undiscounted return and the length of one episode."""

    total: float
    length: int
    terminated: bool


def opened(make: Make) -> gym.Env[Any, Any]:
    """The environment, without Gymnasium's checks at every step where that can be said."""
    return make(checked=False) if isinstance(make, Registered) else make()


class Player:
    """Plays in an environment of its own until its time is up.

    Args:
        make: makes the environment.
        until: when to stop, in ``time.perf_counter()``.
    """

    def __init__(self, make: Make, until: float) -> None:
        self.began = time.perf_counter()
        self.until = until
        self.env = opened(make)
        self.steps = 0
        self.best = float("-inf")
        self.rewards: set[float] = set()
        self.terminations = 0
        self.cut = False
        spec = self.env.spec
        limited = spec is not None and spec.max_episode_steps is not None
        self.longest = None if limited else CUT_AFTER_STEPS
        self._seed = int(until * 1e6) % 1_000_003
        self._durations: list[float] = []

    @property
    def left(self) -> float:
        """Seconds left."""
        return self.until - time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds since it began."""
        return time.perf_counter() - self.began

    def reserve(self) -> float:
        """Seconds that the fresh episodes will need, within their share."""
        whole = self.until - self.began
        if not self._durations:
            return UNKNOWN_SHARE * whole
        recent = self._durations[-20:]
        needed = 1.3 * FRESH_EPISODES * max(sum(recent) / len(recent), self._durations[-1])
        return min(needed + 0.02 * whole, EVALUATION_SHARE * whole)

    def searching(self) -> bool:
        """Whether there is time left beyond what the fresh episodes need."""
        return self.left > self.reserve()

    def reset(self, seed: int | None = None) -> Any:
        """The first observation of a new episode; each has its own seed."""
        self._seed += 1
        return self.env.reset(seed=self._seed if seed is None else seed)[0]

    def step(self, action: Any) -> tuple[Any, float, bool, bool]:
        """Observation, reward, terminated, and whether the episode is over.

        Raises:
            OutOfTimeError: the time is up.
        """
        observation, reward, terminated, truncated, _ = self.env.step(action)
        self.steps += 1
        if time.perf_counter() > self.until:
            raise OutOfTimeError
        value = reward if type(reward) is float else first_number(reward)
        if len(self.rewards) < 3:
            self.rewards.add(value)
        if terminated is False and truncated is False:  # the most frequent case, without a call
            return observation, value, False, False
        return observation, value, bool(terminated), over(terminated, truncated)

    def episode(self, act: Callable[[Any], Any], seed: int | None = None) -> Episode:
        """Play one episode; ``act`` gives the action at an observation.

        Raises:
            OutOfTimeError: the time was up before its end.
        """
        began = time.perf_counter()
        observation = self.reset(seed)
        total, length, ended, terminated = 0.0, 0, False, False
        while not ended:
            observation, reward, terminated, ended = self.step(act(observation))
            total += reward
            length += 1
            if self.longest is not None and length >= self.longest and not ended:
                self.cut = ended = True
        self.ended(total, began)
        self.terminations += terminated
        return Episode(total, length, terminated)

    def ended(self, total: float, began: float) -> None:
        """Count an episode with this return that began at ``began``."""
        self._durations.append(time.perf_counter() - began)
        self.best = max(self.best, total)

    def fresh(self, act: Callable[[Any], Any], begin: Callable[[], None] | None = None) -> tuple[float, ...]:
        """Returns of fresh episodes, as many of the 20 as there is time for."""
        returns: list[float] = []
        for number in range(FRESH_EPISODES):
            if begin is not None:
                begin()
            try:
                returns.append(self.episode(act, FRESH_SEED + number).total)
            except OutOfTimeError:
                break
        return tuple(returns)
