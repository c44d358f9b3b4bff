"""What becomes of a camera in a ``Dict``: ``python tests/measurements/pictures_in_a_dict.py --seeds 3``.

PPO of Stable-Baselines3 learns to drive to a square that only the camera shows: with the camera standardised
(floats, for which its MultiInputPolicy builds a flat network), and left as bytes (convolutions).
"""

from __future__ import annotations

import argparse

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from stable_baselines3 import PPO
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from rlprobe.adapters.sb3 import wrap_vec_env

CELLS, PIXELS, LIMIT = 9, 36, 30
MOVES = np.array([(0, 1), (0, -1), (1, 0), (-1, 0)])
TREATED = {"standardised": {"images": "channel"}, "left as bytes": {"images": "leave"}}


class Find(gym.Env):
    """A square of 9 x 9 cells; the camera shows the goal on noise, the vector the own position near 1000."""

    observation_space = spaces.Dict(
        camera=spaces.Box(0, 255, (PIXELS, PIXELS, 3), np.uint8),
        state=spaces.Box(-np.inf, np.inf, (2,), np.float32),
    )
    action_space = spaces.Discrete(len(MOVES))

    def _look(self):
        picture = self.np_random.integers(0, 120, (PIXELS, PIXELS, 3)).astype(np.uint8)
        y, x = self.goal * (PIXELS // CELLS)
        picture[y : y + 4, x : x + 4, 0] = 255
        return {"camera": picture, "state": (1000.0 + 30.0 * self.place).astype(np.float32)}

    def reset(self, *, seed=None, options=None):
        """Place agent and goal at random."""
        super().reset(seed=seed)
        self.place, self.goal = self.np_random.integers(0, CELLS, (2, 2))
        self.time = 0
        return self._look(), {}

    def step(self, action):
        """Move; a tenth for each cell nearer, 1 for the goal."""
        before = np.abs(self.place - self.goal).sum()
        self.place = np.clip(self.place + MOVES[action], 0, CELLS - 1)
        after = np.abs(self.place - self.goal).sum()
        self.time += 1
        found = bool(after == 0)
        return self._look(), 0.1 * float(before - after) + found, found, self.time >= LIMIT, {}


def learned(treatment, seed, steps):
    """Mean return and length of the last 100 episodes, and the network that was built for the camera."""
    venv = DummyVecEnv([lambda: Monitor(Find()) for _ in range(8)])
    venv = wrap_vec_env(venv, observations=TREATED[treatment], rewards=None)
    options = {"n_steps": 128, "batch_size": 256, "n_epochs": 4, "learning_rate": 5e-4}
    model = PPO("MultiInputPolicy", venv, seed=seed, device="cpu", **options).learn(steps)
    network = type(model.policy.features_extractor.extractors["camera"]).__name__
    episodes = model.ep_info_buffer
    return np.mean([e["r"] for e in episodes]), np.mean([e["l"] for e in episodes]), network


def main():
    """Print one line per treatment and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=100_000)
    args = parser.parse_args()
    for seed in range(args.seeds):
        for treatment in TREATED:
            earned, length, network = learned(treatment, seed, args.steps)
            print(
                f"{treatment:14} seed {seed}: return {earned:.2f}, {length:.1f} steps, {network}", flush=True
            )


if __name__ == "__main__":
    main()
