"""Writes the logs of runs that never happened, with levels that are known."""

from __future__ import annotations

import csv
import json

import numpy as np


def curve(level, seed, points=40, noise=3.0):
    """A curve that rises to ``level`` in its first half."""
    random = np.random.default_rng(seed)
    rise = np.minimum(1.0, np.arange(1, points + 1) / (points / 2))
    return level * rise + random.normal(0, noise, points)


def levels(mean, count, spread, seed):
    """Final levels of seeds."""
    return np.random.default_rng(seed).normal(mean, spread, count)


def monitor(path, returns, task="CartPole-v1", start=0.0, length=50):
    """A Monitor file as Stable-Baselines3 writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    head = "#" + json.dumps({"t_start": start, "env_id": task})
    rows = [f"{value:.6f},{length},{0.5 * i + 0.1:.6f}" for i, value in enumerate(returns)]
    path.write_text("\n".join([head, "r,l,t", *rows]) + "\n")


def table(path, returns, column="return", step=1000, **more):
    """A CSV with steps and returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["step", column, *more])
        for i, value in enumerate(returns):
            writer.writerow([(i + 1) * step, value, *more.values()])


def jsonl(path, returns, column="return", step=1000):
    """JSON lines with steps and returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [json.dumps({"step": (i + 1) * step, column: value}) for i, value in enumerate(returns)]
    path.write_text("\n".join(rows) + "\n")


def group(folder, mean, count=5, spread=5.0, seed=0, write=monitor, name="seed_{}/monitor.csv", **options):
    """The runs of an algorithm, one folder a seed."""
    for i, level in enumerate(levels(mean, count, spread, seed)):
        write(folder / name.format(i), curve(level, 1000 * seed + i + 1), **options)
