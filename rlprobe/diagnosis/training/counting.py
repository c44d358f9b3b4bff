"""Count the steps, episodes and actions of an agent, without changing what it sees."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box
from gymnasium.vector import AutoresetMode, VectorEnv, VectorWrapper

from rlprobe.diagnosis.training.bounds import Bounded, BoundedVector

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.diagnosis.trial import Trial


EARLY_STEPS = 40
"""The first steps, in which an agent that explores at all tries every action."""
LEAST_EPISODES, SUCCEEDS_ABOVE_SHARE = 20, 0.85
"""Random play succeeds in half of them; an agent that explores in one action of ten, in 19 of 20."""


@dataclass
class Count:
    """Counts of steps, episodes, best possible episodes and discrete actions.

    Args:
        actions: whether to count discrete actions.
        moves: continuous actions since somebody looked, each with its observation (as bytes); None to keep
            none.
        action_counts: how often each pair of an observation (as bytes) and an action occurred.
        early_counts: the same in the first ``EARLY_STEPS`` steps.
        steps: environment steps.
        outside: steps whose continuous action lay outside the action space.
        episodes: episodes that ended.
        best: episodes whose return reached ``target``.
        target: the best possible undiscounted return.
        over: whether the agent takes no further steps, however often ``learn`` is called.
        shared_seed: a seed that several environments of a vector environment were reset with, if any.
        at_end: whether the last step ended an episode.
        shown: the observation that the environment shows.
        left: from a reset to the next step, the last one of the episode before, else None.
        pace: how many steps one step stands for, because the agent updates its values so often; looks at
            values are as much closer together, and a run whose values are clear ends as much earlier.
    """

    actions: bool = False
    moves: list[tuple[bytes, NDArray[np.float64]]] | None = None
    action_counts: Counter[tuple[bytes, int]] = field(default_factory=Counter)
    early_counts: Counter[tuple[bytes, int]] = field(default_factory=Counter)
    steps: int = 0
    outside: int = 0
    episodes: int = 0
    best: int = 0
    at_end: bool = True
    shown: Any = None
    left: Any = None
    shared_seed: int | None = None
    target: float = np.inf
    over: bool = False
    pace: float = 1.0
    _looked: tuple[int, int] = (0, 0)
    _succeeded: bool = False

    @property
    def keeps_actions(self) -> bool:
        """Whether actions are counted or kept."""
        return self.actions or self.moves is not None

    def acted(self, seen: Any, action: Any) -> None:
        """Count one action at one observation."""
        if self.moves is not None:
            self.moves.append((np.asarray(seen).tobytes(), np.array(action, float).ravel()))
            return
        pair = np.asarray(seen).tobytes(), int(action)
        self.action_counts[pair] += 1
        if self.steps < EARLY_STEPS:
            self.early_counts[pair] += 1

    def beyond(self, steps: int) -> None:
        """Count steps whose action lay outside the action space."""
        self.outside += steps

    def ended(self, earned: float) -> None:
        """Count an episode with the given undiscounted return."""
        self.episodes += 1
        self.best += earned >= self.target - 1e-9

    def succeeds(self) -> bool:
        """Whether nearly all episodes reached ``target`` since it was last asked, or the last 20 of them."""
        episodes, best = self.episodes - self._looked[0], self.best - self._looked[1]
        if episodes >= LEAST_EPISODES:
            self._looked = self.episodes, self.best
            self._succeeded = best >= SUCCEEDS_ABOVE_SHARE * episodes
        return self._succeeded


class CountSteps(gym.Wrapper[Any, Any, Any, Any]):
    """Counts the steps of an environment."""

    def __init__(self, env: gym.Env[Any, Any], count: Count) -> None:
        super().__init__(env)
        self._count, self._earned = count, 0.0
        self._seen: Any = None
        self._last: Any = None

    def reset(self, **options: Any) -> tuple[Any, dict[str, Any]]:
        """Reset the environment."""
        self._earned = 0.0
        result = self.env.reset(**options)
        self._seen = result[0]
        self._count.shown, self._count.left = result[0], self._last
        return result

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step the environment."""
        result = self.env.step(action)
        if self._count.keeps_actions:
            self._count.acted(self._seen, action)
            self._seen = result[0]
        self._count.steps += 1
        self._count.shown = self._last = result[0]
        self._count.left = None
        self._count.at_end = bool(result[2] or result[3])
        self._earned += float(result[1])
        if result[2] or result[3]:
            self._count.ended(self._earned)
        return result


class CountVectorSteps(VectorWrapper):
    """Counts the steps of a vector environment: one for each of its environments."""

    def __init__(self, env: VectorEnv[Any, Any, Any], count: Count) -> None:
        super().__init__(env)
        self._count, self._earned = count, np.zeros(self.num_envs)
        self._seen: Any = None
        self._done = np.zeros(self.num_envs, bool)
        self._dummies = env.metadata.get("autoreset_mode") is AutoresetMode.NEXT_STEP

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Reset the environments, and look at their seeds."""
        seeds = (
            [] if seed is None or isinstance(seed, (int, np.integer)) else [s for s in seed if s is not None]
        )
        shared = [s for i, s in enumerate(seeds) if s in seeds[:i]]
        if shared:
            self._count.shared_seed = int(shared[0])
        result = self.env.reset(seed=seed, options=options)
        self._seen, self._done[:] = np.array(result[0]), False
        return result

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Step the environments."""
        result = self.env.step(actions)
        done = np.asarray(result[2] | result[3])
        if self._count.keeps_actions:
            for i in np.flatnonzero(~(self._done & self._dummies)):
                self._count.acted(self._seen[i], actions[i])
            self._seen, self._done = np.array(result[0]), done
        self._count.steps += self.num_envs
        self._count.at_end = bool(done.all())
        self._earned += result[1]
        for i in np.flatnonzero(done):
            self._count.ended(float(self._earned[i]))
        self._earned[done] = 0.0
        return result


def environment(trial: Trial, seed: int, count: Count) -> Any:
    """The environment of a trial, seeded, counted, and otherwise as ``gym.make`` returns it."""
    identity, setting = trial.probe.id, trial.setting
    if setting.autoreset_mode is None:
        env = CountSteps(
            _bounded(gym.make(identity, disable_env_checker=True, **trial.options), count), count
        )
    else:
        mode = {"next_step": "NextStep", "same_step": "SameStep", "disabled": "Disabled"}
        vector = gym.make_vec(
            identity,
            num_envs=setting.num_envs,
            vectorization_mode="vector_entry_point",
            autoreset_mode=mode[setting.autoreset_mode],
            **trial.options,
        )
        env = CountVectorSteps(_bounded(vector, count), count)  # type: ignore[assignment]
    env.reset(seed=seed)
    env.action_space.seed(seed)
    return env


def _bounded(env: Any, count: Count) -> Any:
    """An environment with continuous actions, with those outside the bounds moved to them."""
    if isinstance(env, VectorEnv):
        return BoundedVector(env, count.beyond) if isinstance(env.single_action_space, Box) else env
    return Bounded(env, count.beyond) if isinstance(env.action_space, Box) else env
