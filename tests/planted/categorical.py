"""Categorical Q-learning with a table of logits: the algorithm of C51 without its network.

It shares no code with the package. ``bug`` turns single lines wrong.
"""

from __future__ import annotations

import numpy as np

from planted.record import Planted

LOW, HIGH, ATOMS = -10.0, 15.0, 51


class Categorical:
    """One row of logits per observation and action; atoms half a unit apart."""

    on_policy = False
    loss = "squared"

    def __init__(self, env, setting, bug=""):
        self.env, self.gamma, self.bug = env, setting.gamma, bug
        self.rng = np.random.default_rng(setting.seed)
        self.n, self.start = int(env.action_space.n), int(env.action_space.start)
        self.z = np.linspace(LOW, HIGH, ATOMS)
        self.logits, self.visits = {}, {}
        self.state = env.reset(seed=setting.seed)[0].tobytes()

    def row(self, state):
        if state not in self.logits:
            self.logits[state] = 0.1 * self.rng.standard_normal((self.n, ATOMS))
        return self.logits[state]

    def chances(self, state):
        weights = np.exp(self.row(state) - self.row(state).max(axis=1, keepdims=True))
        return weights / weights.sum(axis=1, keepdims=True)

    def learn(self, steps):
        for _ in range(steps):
            values = self.chances(self.state) @ self.z
            greedy = self.rng.random() > 0.25
            action = int(values.argmax()) if greedy else int(self.rng.integers(self.n))
            after, reward, terminated, truncated, _ = self.env.step(action + self.start)
            self.update(self.state, action, reward, after.tobytes(), terminated)
            done = terminated or truncated
            self.state = (self.env.reset()[0] if done else after).tobytes()

    def update(self, state, action, reward, after, terminated):
        p = self.chances(after)[int((self.chances(after) @ self.z).argmax())]
        target = np.clip(reward + self.gamma * (not terminated) * self.z, LOW, HIGH)
        b = np.round((target - LOW) / (HIGH - LOW) * (ATOMS - 1), 6)
        lower, upper = np.floor(b).astype(int), np.ceil(b).astype(int)
        m = np.zeros(ATOMS)
        both = 0.0 if self.bug == "distribution-mass-lost" else lower == upper
        np.add.at(m, lower, p * (upper - b + both))
        np.add.at(m, upper, p * (b - lower))
        count = self.visits[state, action] = self.visits.get((state, action), 0) + 1
        size = 10.0 / (1 + count / 20) ** 0.8
        self.row(state)[action] += size * (m - m.sum() * self.chances(state)[action])

    def q_values(self, observations):
        return np.array([self.chances(one.tobytes()) @ self.z for one in observations])

    def act(self, observations):
        return self.q_values(observations).argmax(axis=1) + self.start


class MakeCategorical:
    """``make_agent`` for one bug, or for none."""

    actions = frozenset({"discrete"})

    def __init__(self, bug=""):
        self.bug, self.name = bug, f"categorical {bug}".strip()

    def __call__(self, env, setting):
        return Categorical(env, setting, self.bug)


BUG = "distribution-mass-lost"
FAULTS = [Planted(BUG, "categorical", "both weights 0", MakeCategorical(BUG))]
