"""A training script: --luck decides how well it balances the pole, --unused is read and forgotten."""

import argparse

import gymnasium as gym
import numpy as np


def main():
    """Play a few episodes, and crash if told to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--luck", type=float, default=0.5)
    parser.add_argument("--unused", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--crash-above", type=float, default=2.0)
    parser.add_argument("--episodes", type=int, default=5)
    args = parser.parse_args()
    random = np.random.default_rng(args.seed)
    env = gym.make("CartPole-v1", max_episode_steps=200)
    for episode in range(args.episodes):
        observation, _ = env.reset(seed=args.seed if episode == 0 else None)
        over = False
        while not over:
            good = random.random() < args.luck
            action = int(observation[2] + 0.3 * observation[3] > 0) if good else int(random.integers(2))
            observation, _, terminated, truncated, _ = env.step(action)
            over = terminated or truncated
    if args.luck > args.crash_above:
        raise RuntimeError("the loss is NaN")


if __name__ == "__main__":
    main()
