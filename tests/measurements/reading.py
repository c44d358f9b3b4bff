"""Measures the processor seconds of reading 10,000 episodes, from files written by their library.

python tests/measurements/reading.py
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from torch.utils.tensorboard import SummaryWriter

from rlprobe.comparison.finding.candidates import read
from rlprobe.comparison.readers.events import read_events

if TYPE_CHECKING:
    from collections.abc import Callable

EPISODES = 10_000


def written(folder: Path) -> dict[str, Callable[[], object]]:
    """What reads each of the files."""
    steps, values = 200 * np.arange(1, EPISODES + 1), np.random.default_rng(0).normal(200, 9, EPISODES)
    lines = [f"{value:.6f},200,{i}" for i, value in enumerate(values)]
    (folder / "monitor.csv").write_text(
        "\n".join(['#{"t_start": 0.0, "env_id": "X-v0"}', "r,l,t", *lines]) + "\n"
    )
    table = pd.DataFrame(
        {"step": steps, "episode_return": values, **{f"loss_{i}": values for i in range(10)}}
    )
    table.to_csv(folder / "progress.csv", index=False)
    long = pd.concat([table.assign(seed=seed, algo="ppo") for seed in range(5)])
    long.to_csv(folder / "five_seeds.csv", index=False)
    rows = [json.dumps({"step": int(s), "return": float(v)}) for s, v in zip(steps, values, strict=True)]
    (folder / "run.jsonl").write_text("\n".join(rows) + "\n")
    np.save(folder / "seed_0.npy", values)
    with SummaryWriter(str(folder / "events")) as writer:
        for step, value in zip(steps, values, strict=True):
            writer.add_scalar("charts/episodic_return", value, step)
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    made: dict[str, Callable[[], object]] = {path.name: lambda path=path: read(path) for path in files}
    made["TensorBoard events"] = lambda: read_events(sorted((folder / "events").iterdir()))
    return made


def main() -> None:
    """Read each file five times; print the least time."""
    with tempfile.TemporaryDirectory() as folder:
        for name, call in written(Path(folder)).items():
            times = []
            for _ in range(5):
                begun = time.process_time()
                call()
                times.append(time.process_time() - begun)
            print(f"{name:24} {min(times):.3f} s")


if __name__ == "__main__":
    main()
