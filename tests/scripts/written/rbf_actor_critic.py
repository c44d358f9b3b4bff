"""Actor-critic by hand on radial basis functions: values and preferences are products in line."""

import gymnasium as gym
import numpy as np

env = gym.make("CartPole-v1")
rng = np.random.default_rng(0)
gamma = 0.99
alpha_w, alpha_theta = 0.1, 0.02
centres = rng.normal(size=(60, env.observation_space.shape[0]))


def features(state):
    """Nearness to each of the centres."""
    near = np.exp(-0.5 * ((np.asarray(state, float) - centres) ** 2).sum(axis=1))
    return np.append(near / max(near.sum(), 1e-8), 1.0)


w = np.zeros(len(centres) + 1)
theta = np.zeros((env.action_space.n, len(centres) + 1))

for _ in range(2000):
    state, _ = env.reset()
    x = features(state)
    done = False
    while not done:
        preferences = theta @ x
        chances = np.exp(preferences - preferences.max())
        chances /= chances.sum()
        action = rng.choice(len(chances), p=chances)
        state, reward, terminated, truncated, _ = env.step(action)
        done = terminated or truncated
        x_next = features(state)
        delta = reward + gamma * (not terminated) * np.dot(w, x_next) - np.dot(w, x)
        w += alpha_w * delta * x
        gradient = -np.outer(chances, x)
        gradient[action] += x
        theta += alpha_theta * delta * gradient
        x = x_next
