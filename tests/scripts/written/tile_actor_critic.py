"""Average of tilings by hand: a critic class with value(s), a softmax policy, one-step actor-critic."""

import math
from collections import defaultdict

import gymnasium as gym
import numpy as np


class Tiles:
    def __init__(self, n_tilings=4, width=0.25):
        self.n_tilings, self.width = n_tilings, width

    def active(self, state):
        found = []
        for tiling in range(self.n_tilings):
            shift = tiling * self.width / self.n_tilings
            found.append((tiling, *(math.floor((float(x) + shift) / self.width) for x in state)))
        return found


class Critic:
    def __init__(self, tiles, step_size):
        self.tiles, self.step_size = tiles, step_size
        self.table = defaultdict(float)

    def value(self, state):
        return sum(self.table[t] for t in self.tiles.active(state))

    def update(self, state, delta):
        active = self.tiles.active(state)
        for t in active:
            self.table[t] += self.step_size / len(active) * delta


class Actor:
    def __init__(self, tiles, n_actions, step_size):
        self.tiles, self.n_actions, self.step_size = tiles, n_actions, step_size
        self.preferences = defaultdict(lambda: np.zeros(n_actions))

    def probabilities(self, state):
        h = sum(self.preferences[t] for t in self.tiles.active(state))
        e = np.exp(h - h.max())
        return e / e.sum()

    def update(self, state, action, delta):
        grad = -self.probabilities(state)
        grad[action] += 1.0
        for t in self.tiles.active(state):
            self.preferences[t] = self.preferences[t] + self.step_size * delta * grad


def run(env_id="CartPole-v1", discount=0.98, episodes=2000, seed=3):
    env = gym.make(env_id)
    rng = np.random.default_rng(seed)
    tiles = Tiles()
    critic = Critic(tiles, 0.15)
    actor = Actor(tiles, env.action_space.n, 0.02)
    for i in range(episodes):
        state, _ = env.reset(seed=seed + i)
        finished = False
        while not finished:
            action = rng.choice(env.action_space.n, p=actor.probabilities(state))
            after, reward, terminated, truncated, _ = env.step(action)
            finished = terminated or truncated
            bootstrap = 0.0 if terminated else critic.value(after)
            delta = reward + discount * bootstrap - critic.value(state)
            critic.update(state, delta)
            actor.update(state, action, delta)
            state = after


if __name__ == "__main__":
    run()
