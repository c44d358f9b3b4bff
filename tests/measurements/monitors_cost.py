"""What watching costs: ``python tests/measurements/monitors_cost.py --write``.

Runs of Stable-Baselines3 under ``rlprobe.watch``, each in a process of its own: PPO on a 2 x 64 network, DQN
and PPO with the network of Mnih et al. (2015) on 4 x 84 x 84 pictures. A timer stops the run every few
milliseconds of processor time and notes whether it is inside of our code. Unlike a difference of two runs,
the share depends little on the load of the machine. Importing us and making the page is told apart: it is
the same for a run of hours. ``--write`` renews ``monitors_cost.md``, a part of the page of ``monitors.py``.
"""

from __future__ import annotations

import argparse
import json
import linecache
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rlprobe.stats.intervals import Share

TICK_S = 0.001
WRAPPERS = {"step", "step_wait", "step_async", "reset", "sample", "exp", "clip", "log", "made"}
HEAD = (
    "**Processor time of watching**: the share of a run that is spent inside of our code, counted by a timer "
    "(95 % interval of the count); written by `python tests/measurements/monitors_cost.py`. The goals are "
    "3 % on a 2 x 64 network and 1 % on an Atari network. Looks grow with the logarithm of a run, so longer "
    "runs pay less for them. Importing us and making the page takes the same, however long a run is."
)
TABLE = "| run | steps | processor time | share of it | once a run |\n|---|---|---|---|---|"
CASES = {
    "PPO, 2 x 64, CartPole, 4 environments, rollouts of 512 steps": ("small", 100_000),
    "PPO, 2 x 64, CartPole, 4 environments, settings of SB3": ("defaults", 100_000),
    "DQN, Atari network, 4 x 84 x 84": ("dqn", 3_000),
    "PPO, Atari network, 4 x 84 x 84, 4 environments": ("ppo", 5_120),
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


class Sampler:
    """Counts the moments at which a run is inside of our code; what our wrappers call counts if it is C."""

    def __init__(self) -> None:
        self.all = self.ours = 0

    def __call__(self, number: int, frame: Any) -> None:
        """The timer has stopped the run at ``frame``."""
        self.all += 1
        if _is_ours(frame):
            self.ours += not _calls_on(frame)
            return
        while frame is not None:
            if _is_ours(frame) and frame.f_code.co_name not in WRAPPERS:
                self.ours += 1
                return
            frame = frame.f_back


def _is_ours(frame: Any) -> bool:
    return "rlprobe/monitors" in frame.f_code.co_filename


def _calls_on(frame: Any) -> bool:
    """Whether one of our wrappers is at the line at which it calls what it wraps, here a function in C."""
    if frame.f_code.co_name not in WRAPPERS:
        return False
    return "plain(" in linecache.getline(frame.f_code.co_filename, frame.f_lineno)


def one_run(which: str, steps: int) -> None:
    """Print seconds of training, share of it in our code, and seconds of importing us and of the page."""
    import stable_baselines3  # noqa: F401 - not ours to count

    clock, sampler = time.process_time, Sampler()
    began = clock()
    import rlprobe

    watch = rlprobe.watch(tempfile.mkdtemp())
    watch.__enter__()
    trains = clock()
    signal.signal(signal.SIGPROF, sampler)
    signal.setitimer(signal.ITIMER_PROF, TICK_S, TICK_S)
    train(which, steps)
    signal.setitimer(signal.ITIMER_PROF, 0)
    ends = clock()
    watch.close()
    once = trains - began + clock() - ends
    print(json.dumps([ends - trains, sampler.ours, sampler.all, once]))


def row(name: str, which: str, steps: int) -> str:
    """One row of the table: a run in a process of its own."""
    words = [sys.executable, __file__, "--one", which, "--steps", str(steps)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    seconds, ours, every, once = json.loads(done.stdout.splitlines()[-1])
    more = Share(ours, every)
    share = f"{100 * ours / every:.1f} % ({100 * more.low:.1f} to {100 * more.high:.1f} %)"
    return f"| {name} | {steps:,} | {seconds:.0f} s | {share} | {once:.2f} s |"


def main() -> None:
    """Measure one run after the other."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="", help="part of the name of a case")
    parser.add_argument("--write", action="store_true", help="renew monitors_cost.md")
    parser.add_argument("--one")
    parser.add_argument("--steps", type=int)
    args = parser.parse_args()
    if args.one:
        one_run(args.one, args.steps)
        return
    rows = []
    for name, (which, steps) in CASES.items():
        if args.only in name:
            rows.append(row(name, which, steps))
            print(rows[-1], flush=True)
    if args.write:
        text = "\n".join([HEAD, "", TABLE, *rows]) + "\n"
        (Path(__file__).parent / "monitors_cost.md").write_text(text)


if __name__ == "__main__":
    main()
