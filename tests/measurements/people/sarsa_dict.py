"""Expected SARSA with a dictionary of action values."""

from collections import defaultdict

import numpy as np


class ExpectedSarsa:
    on_policy, loss = False, "squared"

    def __init__(self, env, setting):
        self.env, self.gamma = env, setting.gamma
        self.rng = np.random.default_rng(setting.seed)
        self.nA, self.start = int(env.action_space.n), int(env.action_space.start)
        self.Q = defaultdict(lambda: np.zeros(self.nA))
        self.N = defaultdict(int)
        self.eps, self.s = 1.0, None

    def key(self, obs):
        return tuple(np.asarray(obs).ravel().tolist())

    def probs(self, s):
        p = np.full(self.nA, self.eps / self.nA)
        p[int(np.argmax(self.Q[s]))] += 1 - self.eps
        return p

    def learn(self, steps):
        for _ in range(steps):
            if self.s is None:
                self.s = self.key(self.env.reset()[0])
            a = int(self.rng.choice(self.nA, p=self.probs(self.s)))
            obs, r, terminated, truncated, _ = self.env.step(self.start + a)
            s2 = self.key(obs)
            expected = float(self.probs(s2) @ self.Q[s2])
            target = r + self.gamma * expected * (not terminated)
            self.N[self.s, a] += 1
            rate = max(0.02, 1.0 / self.N[self.s, a] ** 0.6)
            self.Q[self.s][a] += rate * (target - self.Q[self.s][a])
            self.s = s2
            if terminated or truncated:
                self.s = None
            self.eps = max(0.02, self.eps * 0.999)

    def q_values(self, observations):
        return np.array([self.Q[self.key(o)] for o in observations])

    def act(self, observations):
        return self.start + self.q_values(observations).argmax(1)


def make_agent(env, setting):
    return ExpectedSarsa(env, setting)


make_agent.actions = ("discrete",)
