"""A complete agent in one file, and its diagnosis: an actor-critic with linear features.

Run with: python examples/diagnose_one_file_agent.py
or with:  rlprobe diagnose examples/diagnose_one_file_agent.py:make_agent
"""

from __future__ import annotations

import numpy as np

import rlprobe


class ActorCritic:
    """One-step actor-critic (Sutton and Barto, 2018, section 13.5) on observations with few values."""

    gae_lambda, on_policy, loss = 0.0, True, "squared"

    def __init__(self, env, setting):
        self.env, self.gamma = env, setting.gamma
        self.rng = np.random.default_rng(setting.seed)
        self.first, self.count = int(env.action_space.start), int(env.action_space.n)
        self.values, self.preferences, self.visits = {}, {}, {}
        self.observation, _ = env.reset(seed=setting.seed)

    def learn(self, steps):
        """Act, and learn from every step."""
        for _ in range(steps):
            here = self.observation.tobytes()
            chances = self.chances(here)
            action = int(self.rng.choice(self.count, p=chances))
            observation, reward, terminated, truncated, _ = self.env.step(self.first + action)
            after = 0.0 if terminated else self.values.get(observation.tobytes(), 0.0)
            error = reward + self.gamma * after - self.values.get(here, 0.0)
            visits = self.visits[here] = self.visits.get(here, 0) + 1
            self.values[here] = self.values.get(here, 0.0) + error * 30.0 / (30.0 + visits)
            self.preferences[here] = self.preferences[here] + 0.3 * error * (
                np.eye(self.count)[action] - chances
            )
            self.observation = self.env.reset()[0] if terminated or truncated else observation

    def chances(self, key):
        """``(A,)`` chances of the actions; each keeps a little."""
        preferences = self.preferences.setdefault(key, np.zeros(self.count))
        weights = np.exp(preferences - preferences.max())
        return 0.95 * weights / weights.sum() + 0.05 / self.count

    def act(self, observations):
        """The likeliest action for each of ``(n, ...)`` observations."""
        return np.array([self.first + self.chances(o.tobytes()).argmax() for o in observations])

    def value(self, observations):
        """``(n,)`` what the critic believes."""
        return np.array([self.values.get(o.tobytes(), 0.0) for o in observations])


def make_agent(env, setting):
    return ActorCritic(env, setting)


if __name__ == "__main__":
    report = rlprobe.diagnose(make_agent, seeds=2, jobs=2, budget=40)
    print(report)
    assert report.verdict == "healthy"
