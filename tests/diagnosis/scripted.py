"""Agents that do not learn but answer from the exact solution, so that a diagnosis takes a second."""

# ruff: noqa: D102
from __future__ import annotations

import numpy as np

from probe_envs.dynamics import Dynamics
from probe_envs.solve import solve
from rlprobe.faults.transitions import observed_in


class Scripted:
    """Knows the answers of the probe it is put on; ``wrong`` changes the values it shows."""

    def __init__(self, env, setting, wrong=lambda values: values):
        self.env, self.setting, self.wrong = env, setting, wrong
        self.rng = np.random.default_rng(setting.seed)
        probe = env.unwrapped
        mdp = probe.dynamics.mdp if hasattr(probe, "dynamics") else probe.mdp
        dynamics = Dynamics(mdp)
        solution = solve(mdp, setting.gamma)
        observed = observed_in(dynamics)
        self.values, self.best = {}, {}
        for i, _ in enumerate(solution.table.states):
            key = np.asarray(observed.observations[observed.of_situation[i * dynamics.clock]]).tobytes()
            self.values.setdefault(key, []).append(solution.V[i])  # look-alike states come equally often
            self.best[key] = solution.optimal[i] & self.best.get(key, np.ones(len(mdp.actions), bool))
        self.continuous = not hasattr(env.action_space, "n")
        self.env.reset()
        self.began = False

    def learn(self, steps):
        self.began = True
        for _ in range(steps):
            *_, terminated, truncated, _ = self.env.step(self.env.action_space.sample())
            if terminated or truncated:
                self.env.reset()

    def act(self, observations):
        if self.continuous:
            best = [5.0] if self.env.action_space.shape[-1] == 1 else [-0.8, 4.8]
            return np.tile(np.array(best, np.float32), (len(observations), 1))
        return np.array([int(self.best[o.tobytes()].argmax()) for o in observations])


class ScriptedWithValues(Scripted):
    """Shows its values too, with a little noise of its seed; before learning, those of a fresh network."""

    def value(self, observations):
        if not self.began:
            return 0.1 * self.rng.standard_normal(len(observations))
        values = np.array([np.mean(self.values[o.tobytes()]) for o in observations])
        return self.wrong(values) + 0.003 * self.rng.standard_normal(len(values))
