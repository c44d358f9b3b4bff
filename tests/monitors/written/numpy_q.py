"""Q-learning with a table of bins, NumPy only, with the mistakes that --fault names."""
import sys

import gymnasium as gym
import numpy as np

fault = sys.argv[sys.argv.index("--fault") + 1] if "--fault" in sys.argv else ""
seed = int(sys.argv[sys.argv.index("--seed") + 1]) if "--seed" in sys.argv else 0
rng = np.random.default_rng(seed)
np.random.seed(seed)
env = gym.make("CartPole-v1")
edges = [np.linspace(low, high, 7)[1:-1] for low, high in ((-2.4, 2.4), (-3, 3), (-0.2, 0.2), (-3, 3))]
table = np.zeros((6, 6, 6, 6, 2))
total = 0.0
for episode in range(600):
    observation, _ = env.reset(seed=1000 * seed + episode)
    done, epsilon = False, max(0.02, 0.5 - episode / 600)
    while not done:
        cell = tuple(int(np.digitize(x, e)) for x, e in zip(observation, edges))
        action = int(rng.integers(2)) if rng.random() < epsilon else int(table[cell].argmax())
        observation, reward, terminated, truncated, _ = env.step(action)
        if fault == "reward-becomes-nan" and episode == 100:
            reward = np.nan
        done = terminated or truncated
        following = tuple(int(np.digitize(x, e)) for x, e in zip(observation, edges))
        goal = reward + 0.99 * (0.0 if terminated else table[following].max())
        table[cell][action] += 0.2 * (goal - table[cell][action])
        total += reward
print(total, np.nansum(table))
