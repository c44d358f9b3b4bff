"""Linear Q-learning on Fourier features, everything in one script without classes."""

from itertools import product

import gymnasium as gym
import numpy as np

env = gym.make("MountainCar-v0")
low, high = env.observation_space.low, env.observation_space.high
rng = np.random.default_rng(0)

gamma = 0.99
alpha = 0.05
epsilon = 0.1
order = 3
coefficients = np.array(list(product(range(order + 1), repeat=len(low))))


def phi(state):
    """Cosines of the state, scaled to [0, 1]."""
    scaled = np.clip((state - low) / (high - low), 0, 1)
    return np.cos(np.pi * coefficients @ scaled)


norms = np.linalg.norm(coefficients, axis=1)
norms[norms == 0] = 1.0
w = np.zeros((env.action_space.n, len(coefficients)))

for episode in range(500):
    state, _ = env.reset()
    features = phi(state)
    done = False
    steps = 0
    while not done:
        q = w @ features
        if rng.random() < epsilon:
            action = int(rng.integers(env.action_space.n))
        else:
            action = int(np.argmax(q))
        next_state, reward, terminated, truncated, _ = env.step(action)
        done = terminated or truncated
        next_features = phi(next_state)
        target = reward
        if not terminated:
            target += gamma * np.max(w @ next_features)
        w[action] += alpha / norms * (target - q[action]) * features
        features = next_features
        steps += 1
    if episode % 50 == 0:
        print(episode, steps)
