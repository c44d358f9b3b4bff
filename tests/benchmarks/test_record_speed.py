"""What recording costs beside rendering, against Gymnasium's RecordVideo, in one run."""

from __future__ import annotations

import itertools
import statistics
import subprocess
import sys
import time

import gymnasium as gym
import pytest
from gymnasium.wrappers import RecordVideo

from rlprobe import record_random

FRAMES, ROUNDS = 1000, 3


def endless():
    """CartPole whose pole may fall as far as it likes, so that one episode has all frames."""
    env = gym.make("CartPole-v1", render_mode="rgb_array", max_episode_steps=FRAMES - 1)
    env.unwrapped.theta_threshold_radians = env.unwrapped.x_threshold = 1e6
    return env


def render_only(folder):
    """Rendering alone."""
    env = endless()
    env.reset(seed=0)
    env.render()
    for i in range(FRAMES - 1):
        env.step(i % 2)
        env.render()


def peer(folder):
    """Gymnasium's recorder."""
    env = RecordVideo(endless(), str(folder), episode_trigger=lambda _: True)
    env.reset(seed=0)
    for i in range(FRAMES - 1):
        env.step(i % 2)
    env.close()


def ours(folder, *, annotate):
    """Our recorder."""
    record_random(endless(), folder / "a.mp4", episodes=1, seed=0, annotate=annotate)


@pytest.mark.filterwarnings("ignore")
def test_overhead_against_record_video(tmp_path, benchmark):
    """Plain, at most half of RecordVideo's overhead over rendering; annotated, not more than it."""
    ways = {
        "render": render_only,
        "RecordVideo": peer,
        "plain": lambda folder: ours(folder, annotate=False),
        "annotated": lambda folder: ours(folder, annotate=True),
    }
    taken = {name: [] for name in ways}
    for _, (name, way) in itertools.product(range(ROUNDS), ways.items()):
        start = time.perf_counter()
        way(tmp_path)
        taken[name].append(time.perf_counter() - start)
    median = {name: statistics.median(times) for name, times in taken.items()}
    over = {name: seconds - median["render"] for name, seconds in median.items()}
    benchmark.extra_info.update(median)
    benchmark.pedantic(lambda: None)
    print({name: round(seconds, 2) for name, seconds in median.items()})  # noqa: T201
    assert over["plain"] <= over["RecordVideo"] / 2
    assert over["annotated"] <= over["RecordVideo"]


MEMORY = """
import sys
from pathlib import Path
import gymnasium as gym
from rlprobe import record_random
def own():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
peaks = []
for steps in (200, 1000, 20000):
    env = gym.make("CartPole-v1", render_mode="rgb_array")
    record_random(env, Path(sys.argv[1]) / "a.mp4", steps=steps, seed=0, annotate=False)
    peaks.append(own())
print(peaks[1], peaks[2])
"""


def test_memory_from_1000_to_20000_frames(tmp_path):
    """Twenty times the frames take less than 20 MB more."""
    out = subprocess.run(
        [sys.executable, "-c", MEMORY, str(tmp_path)], capture_output=True, text=True, check=True
    )
    few, many = map(float, out.stdout.split())
    print(f"{few:.1f} MB after 1 000, {many:.1f} MB after 20 000 frames")  # noqa: T201
    assert many - few < 20
