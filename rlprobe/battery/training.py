"""One run of the battery: an agent learns on one problem with one seed, and its returns are kept."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import gymnasium as gym
import numpy as np

from rlprobe.agent import Setting

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.agent import MakeAgent
    from rlprobe.battery.problems import Problem

GAMMA: Final = 0.99
MOST_POINTS: Final = 200
"""Points of a curve that are kept: each is the mean of the episodes of its part."""
MOST_IDLE_CALLS: Final = 40
"""Calls of ``learn`` in a row without a step."""
Points = list[tuple[float, float]]


@dataclass(frozen=True)
class Outcome:
    """The curve of a run, or why there is none."""

    env: str
    seed: int
    points: Points = field(default_factory=list)
    problem: str = ""


class _EnoughError(BaseException):
    """Ends the learning of an agent, whatever errors it catches."""


class _Recorded(gym.Wrapper[Any, Any, Any, Any]):
    """Keeps the return of every episode, and ends after a number of steps or at a time."""

    def __init__(self, env: gym.Env[Any, Any], seed: int, steps: int, until: float) -> None:
        super().__init__(env)
        self.points: Points = []
        self.steps = 0
        self._seed: int | None = seed
        self._most, self._until, self._earned = steps, until, 0.0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """The first reset is seeded, whether the agent does so or not."""
        first, self._seed = self._seed, None
        self._earned = 0.0
        return self.env.reset(seed=first if seed is None else seed, options=options)

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """A step; the return is kept when the episode ends."""
        if self.steps >= self._most or time.monotonic() > self._until:
            raise _EnoughError
        observation, reward, terminated, truncated, info = self.env.step(action)
        self.steps += 1
        self._earned += float(reward)
        if terminated or truncated:
            self.points.append((float(self.steps), self._earned))
            self._earned = 0.0
        return observation, reward, terminated, truncated, info


def train(
    resolve: Callable[[str], MakeAgent], target: str, problem: Problem, seed: int, seconds: float
) -> Outcome:
    """Let an agent learn on a problem.

    Args:
        resolve: finds the function that builds the agent.
        target: what the user called it.
        problem: what to learn, and for how many steps.
        seed: of the environment and the agent.
        seconds: wall time after which the run ends as it is.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    env = _Recorded(gym.make(problem.env), seed, problem.steps, time.monotonic() + seconds)
    try:
        make_agent = resolve(target)
        if problem.actions not in (getattr(make_agent, "actions", None) or {problem.actions}):
            return Outcome(problem.env, seed, problem=f"the agent has no {problem.actions} actions")
        _learn(make_agent(env, Setting(gamma=GAMMA, seed=seed)), env, problem.steps)
    except _EnoughError:
        pass
    except Exception as error:  # noqa: BLE001 - whatever a foreign agent raises
        return Outcome(problem.env, seed, problem=f"{type(error).__name__}: {' '.join(str(error).split())}")
    finally:
        env.close()
    if not env.points:
        return Outcome(problem.env, seed, problem=f"no episode ended in {env.steps} steps")
    return Outcome(problem.env, seed, thinned(env.points))


def _learn(agent: Any, env: _Recorded, steps: int) -> None:
    """Call ``learn`` until the steps are used up; an agent that takes none any more has ended."""
    idle = 0
    while idle < MOST_IDLE_CALLS:
        before = env.steps
        agent.learn(max(1, steps - env.steps))
        idle = idle + 1 if env.steps == before else 0
        if env.steps >= steps:
            return


def thinned(points: Points) -> Points:
    """At most 200 points: the means of as many parts.

    >>> len(thinned([(float(i), 1.0) for i in range(1000)])), thinned([(1.0, 2.0)])
    (200, [(1.0, 2.0)])
    """
    if len(points) <= MOST_POINTS:
        return points
    parts = np.array_split(np.array(points), MOST_POINTS)
    return [(float(part[-1, 0]), float(part[:, 1].mean())) for part in parts]
