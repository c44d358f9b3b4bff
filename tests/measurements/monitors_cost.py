"""What watching costs: ``python tests/measurements/monitors_cost.py --write``.

Runs of Stable-Baselines3 under ``rlprobe.watch``, each in a process of its own: PPO on a 2 x 64 network, DQN
and PPO with the network of Mnih et al. (2015) on 4 x 84 x 84 pictures. A timer stops the run every few
milliseconds of processor time and notes whether it is inside of our code. Unlike a difference of two runs,
the share depends little on the load of the machine. Importing us and making the page is told apart: it is
the same for a run of hours. ``--write`` renews ``monitors_cost.md``, a part of the page of ``monitors.py``.
"""

from __future__ import annotations

import argparse
import dis
import functools
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

TICK_S = 0.001
WRAPPERS = {
    "step", "step_wait", "step_async", "reset", "sample", "exp", "clip", "log", "made", "backward", "entropy",
}  # fmt: skip
HEAD = (
    "**Processor time of watching**: the share of a run that is spent in the code of `rlprobe`, sampled by a "
    "timer (95 % interval); written by `python tests/measurements/monitors_cost.py`. The goals are 3 % with "
    "a 2 x 64 network and 1 % with an Atari network. The number of measurements grows with the logarithm of "
    "the length of a run, so their share is smaller in longer runs. Importing `rlprobe` and making the page "
    "take the same time for every run."
)
ALTERNATE = (
    "A check that includes indirect costs, such as a fuller processor cache: in one run of {rollouts} "
    "rollouts of 512 steps, every other one was watched. Watched rollouts took {more:.1f} % more processor "
    "time (standard error {error:.1f} %)."
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


def alternate(rollouts: int) -> str:
    """Watch every other rollout of one run, and compare their processor times."""
    import numpy as np
    from stable_baselines3 import PPO
    from stable_baselines3.common.callbacks import BaseCallback
    from stable_baselines3.common.env_util import make_vec_env

    import rlprobe

    watch, spent = rlprobe.watch(), tuple[list[float], list[float]](([], []))

    class Switch(BaseCallback):
        last = 0.0

        def _on_rollout_start(self) -> None:
            now = time.process_time()
            if self.last:
                spent[watch._hearing.alive].append(now - self.last)
            watch._hearing.alive = not watch._hearing.alive
            self.last = time.process_time()

        def _on_step(self) -> bool:
            return True

    with watch:
        envs = make_vec_env("CartPole-v1", 4, seed=0)
        model = PPO("MlpPolicy", envs, n_steps=128, batch_size=128, n_epochs=4, seed=0, device="cpu")
        model.learn(512 * rollouts, callback=Switch())
    plain, ours = (np.array(one) for one in spent)
    error = (plain.var() / len(plain) + ours.var() / len(ours)) ** 0.5 / plain.mean()
    more = ours.mean() / plain.mean() - 1.0
    return ALTERNATE.format(rollouts=rollouts, more=100 * more, error=100 * error)


class Sampler:
    """Where a run is when the timer stops it, each time with the processor time since the last.

    A signal waits for the end of a call in C, and others that come meanwhile are lost: moments in long calls
    stand for more time.
    """

    def __init__(self) -> None:
        self.last = time.process_time()
        self.rows: list[tuple[float, bool]] = []

    def __call__(self, number: int, frame: Any) -> None:
        """The timer has stopped the run at ``frame``."""
        now = time.process_time()
        self.rows.append((now - self.last, _inside(frame)))
        self.last = now

    def share(self) -> tuple[float, float]:
        """The share of the time that is ours, and its standard error."""
        every = sum(seconds for seconds, _ in self.rows)
        share = sum(seconds for seconds, ours in self.rows if ours) / every
        error = sum((seconds * (ours - share)) ** 2 for seconds, ours in self.rows) ** 0.5 / every
        return share, error


def _inside(frame: Any) -> bool:
    """Whether a moment is ours: in our code, or in what it calls, other than what a wrapper wraps."""
    if _is_ours(frame):
        return not _calls_on(frame)
    while frame is not None:
        if _is_ours(frame) and frame.f_code.co_name not in WRAPPERS:
            return True
        frame = frame.f_back
    return False


def _is_ours(frame: Any) -> bool:
    return "rlprobe/monitors" in frame.f_code.co_filename


def _calls_on(frame: Any) -> bool:
    """Whether the time that led here is not ours, although the frame is.

    Python hears the timer at the first instruction of a function and after calls, but not within expressions:
    what the caller did since its last call is heard when it calls us. And a wrapper at the line at which it
    calls what it wraps has been in a function in C.
    """
    code, above = frame.f_code, frame.f_back
    if (above is None or not _is_ours(above)) and frame.f_lasti <= _first(code):
        return True
    return code.co_name in WRAPPERS and "plain(" in linecache.getline(code.co_filename, frame.f_lineno)


@functools.cache
def _first(code: Any) -> int:
    return next(one.offset for one in dis.get_instructions(code) if one.opname == "RESUME")


def one_run(which: str, steps: int) -> None:
    """Print seconds of training, share of it in our code with its error, seconds of import and page."""
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
    print(json.dumps([ends - trains, *sampler.share(), once]))


def row(name: str, which: str, steps: int) -> str:
    """One row of the table: a run in a process of its own."""
    words = [sys.executable, __file__, "--one", which, "--steps", str(steps)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    seconds, ours, error, once = json.loads(done.stdout.splitlines()[-1])
    low, high = max(0.0, ours - 1.96 * error), ours + 1.96 * error
    share = f"{100 * ours:.1f} % ({100 * low:.1f} to {100 * high:.1f} %)"
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
    check = alternate(400) if not args.only else ""
    print(check)
    if args.write:
        text = "\n".join([HEAD, "", TABLE, *rows, "", check]) + "\n"
        (Path(__file__).parent / "monitors_cost.md").write_text(text)


if __name__ == "__main__":
    main()
