"""Whether an environment that holds several probes saves steps: ``python tests/measurements/panels.py``.

A panel is a disjoint union: each episode plays one of the probes, with the numbers of its observations in
columns of their own and the number of the probe beside them. For each agent and seed it prints after how many
steps the probes are right in runs one by one (at two looks in a row), and how many are right in the panel.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import replace
from itertools import count
from typing import Any

import gymnasium as gym
import numpy as np

from rlprobe.commands.targets import resolve
from rlprobe.diagnosis.plan import plan
from rlprobe.diagnosis.training.counting import Count, environment
from rlprobe.diagnosis.trial import Trial, tolerance
from rlprobe.faults import Learner

NAMES = ("Constant", "Decoder", "Chain", "RandomExit", "TimeLimitLoop", "TruncBoot", "BothFlags", "RewardSet")
CHUNK, MOST = 250, 16_000


class Panel(gym.Env[Any, Any]):
    """Several probes in one environment; the probe with the fewest steps so far comes next."""

    def __init__(self, trials: list[Trial]) -> None:
        self.envs = [environment(trial, 0, Count()) for trial in trials]
        sizes = [int(np.prod(env.observation_space.shape)) for env in self.envs]
        self.begins = np.cumsum([0, *sizes])
        self.observation_space = gym.spaces.Box(-10, 10, (self.begins[-1] + len(trials),), np.float32)
        self.action_space = self.envs[0].action_space
        self.steps = np.zeros(len(trials))
        self.now = 0

    def placed(self, k: int, observation: Any) -> Any:
        """An observation of probe ``k`` as the panel shows it."""
        found = np.zeros(self.observation_space.shape, np.float32)
        found[self.begins[k] : self.begins[k + 1]] = np.ravel(observation)
        found[self.begins[-1] + k] = 1.0
        return found

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """Begin an episode of the probe that had the fewest steps."""
        super().reset(seed=seed)
        self.now = int(self.steps.argmin())
        observation, info = self.envs[self.now].reset()
        return self.placed(self.now, observation), info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """One step of the probe that is played."""
        self.steps[self.now] += 1
        observation, reward, *rest = self.envs[self.now].step(action)
        return self.placed(self.now, observation), reward, *rest


def errors_of(agent: Any, observations: Any, exact: Any) -> float:
    """The largest error, in tolerances."""
    return float((abs(agent.value(observations) - exact) / tolerance(exact)).max())


def main() -> None:
    """Measure."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("--agents", default="sb3:PPO,sb3:A2C,sb3:DQN")
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    trials = [t for t in plan(kinds=frozenset({"discrete"}), only=NAMES) if t.setting.num_envs == 1]
    exact = [t.exact(Learner(gamma=0.9)) / t.unit for t in trials]
    for name in args.agents.split(","):
        make = resolve(name, defaults=False)
        for seed in range(args.seeds):
            panel = Panel(trials)
            panel.reset(seed=seed)
            agent = make(panel, replace(trials[0].setting, seed=seed))
            rows = [np.array([panel.placed(k, o) for o in t.queried]) for k, t in enumerate(trials)]
            told: list[list[float]] = [[] for _ in trials]
            for _ in range(MOST // CHUNK):
                agent.learn(CHUNK)
                for k, t in enumerate(trials):
                    told[k].append(errors_of(agent, rows[k], exact[k] * t.unit))
            alone = []
            for t, values in zip(trials, exact, strict=True):
                single = make(environment(t, seed, Count()), t.with_seed(seed))
                errors: list[float] = []
                for n in count(1):
                    single.learn(CHUNK)
                    errors.append(errors_of(single, t.queried, values * t.unit))
                    if (len(errors) >= 2 and max(errors[-2:]) <= 1.0) or n == 8_000 // CHUNK:
                        break
                alone.append(CHUNK * len(errors))
            right = [
                f"{sum(one[at // CHUNK - 1] <= 1.0 for one in told)} of {len(trials)} after {at:,}"
                for at in (2_000, 4_000, 8_000, MOST)
            ]
            never = [t.name for t, one in zip(trials, told, strict=True) if one[-1] > 1.0]
            print(
                f"{name} seed {seed}: one by one all are right after {sum(alone):,} steps; in the panel "
                f"{', '.join(right)}; not at the end: {', '.join(never) or 'none'}",
                flush=True,
            )


if __name__ == "__main__":
    main()
