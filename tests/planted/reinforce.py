"""REINFORCE with a table, as it stands in a course: episodes first, returns next, then one pass of updates.

It shares no code with the package. ``bug`` turns single lines wrong.
"""

from __future__ import annotations

from itertools import chain

import numpy as np

from planted.record import Planted


class Reinforce:
    """A softmax over preferences, and the mean return of each observation as its baseline."""

    gae_lambda = 1.0

    def __init__(self, env, setting, bug="", episodes=5, least_steps=0):
        self.env, self.gamma, self.bug, self.episodes = env, setting.gamma, bug, episodes
        self.least_steps = least_steps
        self.rng = np.random.default_rng(setting.seed)
        self.n, self.start = int(env.action_space.n), int(env.action_space.start)
        self.preferences, self.baselines, self.visits = {}, {}, {}

    def learn(self, steps):
        taken = 0
        while taken < steps:
            batch, stored = [], 0
            while len(batch) < self.episodes or stored < self.least_steps:
                batch.append(self.episode())
                stored += len(batch[-1][2])
            taken += stored
            self.update(batch)

    def episode(self):
        states, actions, rewards = [], [], []
        state, done = self.env.reset()[0], False
        while not done:
            action = int(self.rng.choice(self.n, p=self.probabilities(state.tobytes())))
            states.append(state.tobytes())
            actions.append(action)
            state, reward, terminated, truncated, _ = self.env.step(action + self.start)
            rewards.append(reward)
            done = terminated or truncated
        return states, actions, rewards

    def update(self, batch):
        if self.bug == "returns-cross-episodes":
            batch = [tuple(list(chain(*columns)) for columns in zip(*batch, strict=True))]
        for states, actions, rewards in batch:
            for state, action, total in zip(states, actions, self.returns(rewards), strict=True):
                self.visits[state] = self.visits.get(state, 0) + 1
                baseline = self.baselines.get(state, 0.0)
                chances = self.probabilities(state)
                self.preferences[state] = self.preferences.get(state, np.zeros(self.n)) + 0.1 * (
                    total - baseline
                ) * (np.eye(self.n)[action] - chances)
                size = max(0.005, 1 / self.visits[state])
                self.baselines[state] = baseline + size * (total - baseline)

    def returns(self, rewards):
        if self.bug == "no-reward-to-go":
            return [self.gamma**t * reward for t, reward in enumerate(rewards)]
        if self.bug == "whole-return-every-step":
            return [sum(self.gamma**t * reward for t, reward in enumerate(rewards))] * len(rewards)
        out, running = [], 0.0
        for reward in rewards if self.bug == "forward-accumulation" else reversed(rewards):
            running = reward + self.gamma * running
            out.append(running + reward if self.bug == "reward-counted-twice" else running)
        return out if self.bug == "forward-accumulation" else out[::-1]

    def probabilities(self, state):
        weights = self.preferences.get(state, np.zeros(self.n))
        weights = np.exp(weights - weights.max())
        return weights / weights.sum()

    def act(self, observations):
        best = [self.probabilities(one.tobytes()).argmax() for one in observations]
        return np.array(best) + self.start

    def value(self, observations):
        return np.array([self.baselines.get(one.tobytes(), 0.0) for one in observations])


class MakeReinforce:
    """``make_agent`` for one bug, or for none."""

    actions = frozenset({"discrete"})

    def __init__(self, bug="", episodes=5, least_steps=0):
        self.bug, self.episodes, self.name = bug, episodes, f"REINFORCE {bug}".strip()
        self.least_steps = least_steps

    def __call__(self, env, setting):
        return Reinforce(env, setting, self.bug, self.episodes, self.least_steps)


BUGS = {
    "whole-return-every-step": "return of the episode",
    "no-reward-to-go": "discounted reward of the step",
    "forward-accumulation": "loop not reversed",
    "reward-counted-twice": "own reward added to the return",
    "returns-cross-episodes": "lists of a batch joined",
}
FAULTS = [Planted(bug, "REINFORCE", form, MakeReinforce(bug)) for bug, form in BUGS.items()]
