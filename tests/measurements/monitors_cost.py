"""What watching costs: ``python tests/measurements/monitors_cost.py --rounds 5 --write``.

Processor time of runs of Stable-Baselines3, each in a process of its own, with and without ``rlprobe.watch``
by turns: PPO on a 2 x 64 network, DQN and PPO with the network of Mnih et al. (2015) on 4 x 84 x 84 pictures.
What grows with the run is told apart from importing us and making the page, which takes the same for a run of
hours. ``--write`` renews ``monitors_cost.md``, which ``monitors.py`` puts into its page.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CASES = {
    "PPO, 2 x 64, CartPole, 4 environments, rollouts of 512 steps": ("small", 100_000),
    "PPO, 2 x 64, CartPole, 4 environments, settings of SB3": ("defaults", 100_000),
    "DQN, Atari network, 4 x 84 x 84": ("dqn", 3_000),
    "PPO, Atari network, 4 x 84 x 84, 4 environments": ("ppo", 3_072),
}


def game() -> Any:
    """An environment of pictures that costs next to nothing."""
    import gymnasium as gym
    import numpy as np

    class Game(gym.Env[Any, Any]):
        observation_space = gym.spaces.Box(0, 255, (4, 84, 84), np.uint8)
        action_space = gym.spaces.Discrete(4)

        def __init__(self) -> None:
            self.frames = np.random.default_rng(0).integers(0, 255, (64, 4, 84, 84), dtype=np.uint8)

        def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
            super().reset(seed=seed)
            self.t = 0
            return self.frames[0], {}

        def step(self, action: Any) -> Any:
            self.t += 1
            over = self.t >= 97 + self.np_random.integers(50)
            return self.frames[self.t % 64], float(action == self.t % 4), bool(over), False, {}

    return Game()


def train(which: str, steps: int) -> None:
    """One run."""
    import torch
    from stable_baselines3 import DQN, PPO
    from stable_baselines3.common.env_util import make_vec_env
    from stable_baselines3.common.vec_env import DummyVecEnv

    torch.set_num_threads(1)
    same: dict[str, Any] = {"seed": 0, "device": "cpu"}
    if which == "small":
        envs = make_vec_env("CartPole-v1", 4, seed=0)
        PPO("MlpPolicy", envs, n_steps=128, batch_size=128, n_epochs=4, **same).learn(steps)
    elif which == "defaults":
        PPO("MlpPolicy", make_vec_env("CartPole-v1", 4, seed=0), **same).learn(steps)
    elif which == "dqn":
        settings = {"buffer_size": 5_000, "learning_starts": 200, "target_update_interval": 500}
        DQN("CnnPolicy", DummyVecEnv([game]), **settings, **same).learn(steps)
    else:
        PPO("CnnPolicy", DummyVecEnv([game] * 4), n_steps=128, batch_size=256, n_epochs=4, **same).learn(
            steps
        )


def one_run(which: str, steps: int, *, watched: bool) -> None:
    """Print the seconds of one run: of training, of importing us, and of the end with its page."""
    import stable_baselines3  # noqa: F401 - not ours to count

    clock = time.process_time
    began = clock()
    if watched:
        import rlprobe

        watch = rlprobe.watch(tempfile.mkdtemp())
        watch.__enter__()
    trains = clock()
    train(which, steps)
    ends = clock()
    if watched:
        watch.close()
    print(json.dumps([ends - trains, trains - began, clock() - ends]))


def measured(which: str, steps: int, *, watched: bool) -> list[float]:
    """The seconds of a run in a process of its own."""
    words = [sys.executable, __file__, "--one", which, "--steps", str(steps), *["--watched"] * watched]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def row(name: str, rounds: list[tuple[list[float], list[float]]], steps: int) -> str:
    """One row of the table."""
    plain = statistics.median(one[0] for one, _ in rounds)
    watched = statistics.median(other[0] for _, other in rounds)
    more = statistics.median(other[0] / one[0] - 1 for one, other in rounds)
    least = min(other[0] for _, other in rounds) / min(one[0] for one, _ in rounds) - 1
    once = statistics.median(other[1] + other[2] for _, other in rounds)
    shares = f"{100 * more:.1f} % | {100 * least:.1f} %"
    return f"| {name} | {steps:,} | {plain:.1f} s | {watched:.1f} s | {shares} | {once:.2f} s |"


def main() -> None:
    """Measure by turns."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="part of the name of a case")
    parser.add_argument("--write", action="store_true", help="renew monitors_cost.md")
    parser.add_argument("--one")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--watched", action="store_true")
    args = parser.parse_args()
    if args.one:
        one_run(args.one, args.steps, watched=args.watched)
        return
    rows = []
    for name, (which, steps) in CASES.items():
        if args.only not in name:
            continue
        rounds = []
        for _ in range(args.rounds):
            rounds.append(tuple(measured(which, steps, watched=one) for one in (False, True)))
            print(name, rounds[-1], flush=True)
        rows.append(row(name, rounds, steps))
        print(rows[-1], flush=True)
    if args.write:
        head = (
            f"**Processor time of watching**, median of {args.rounds} pairs of runs, each in a process of "
            "its own; written by `python tests/measurements/monitors_cost.py`. The pairs differ by some per "
            "cent, because other programs ran on the machine. Importing us and making the page takes the "
            "same, however long a run is."
        )
        table = (
            "| run | steps | without | watched | more, median of pairs | more, least of each | once a run |\n"
            "|---|---|---|---|---|---|---|"
        )
        text = "\n".join([head, "", table, *rows]) + "\n"
        (Path(__file__).parent / "monitors_cost.md").write_text(text)


if __name__ == "__main__":
    main()
