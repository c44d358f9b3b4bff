"""Files that hold several runs, or bare numbers, give every run once."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import rlprobe
from tests.comparison.logs import curve

LEVELS = {"ppo": (200.0, 205.0, 195.0, 203.0), "dqn": (100.0, 96.0, 104.0, 99.0)}
CURVES = {name: [curve(level, i) for i, level in enumerate(levels)] for name, levels in LEVELS.items()}
POINTS = len(CURVES["ppo"][0])
STEPS = 1000 * np.arange(1, POINTS + 1)
ROWS = [
    {"algo": name, "seed": seed, "timestep": int(step), "episode_return": float(value)}
    for name, curves in CURVES.items()
    for seed, values in enumerate(curves)
    for step, value in zip(STEPS, values, strict=True)
]


FOUR = {name: ["0", "1", "2", "3"] for name in LEVELS}


def rows_with_names():
    """As the histories of several runs of W&B, put together: identity and name of the run in each row."""
    table = pd.DataFrame(ROWS)
    run = table["algo"] + "-seed" + table["seed"].astype(str)
    return table.assign(run_id="x7" + run, run_name=run, loss=np.nan).drop(columns=["algo", "seed"])


def wide(path):
    """A column a seed, with the numbers of the rows in front, as pandas writes them."""
    columns = {f"{name}_{i}": values for name, curves in CURVES.items() for i, values in enumerate(curves)}
    pd.DataFrame({"step": STEPS, **columns}).to_csv(path)


WHOLE = {
    "long.csv": lambda path: pd.DataFrame(ROWS).to_csv(path, index=False),
    "history.csv": lambda path: rows_with_names().to_csv(path),
    "records.json": lambda path: pd.DataFrame(ROWS).to_json(path, orient="records"),
    "columns.json": lambda path: pd.DataFrame(ROWS).to_json(path),
    "history.jsonl": lambda path: rows_with_names().to_json(path, orient="records", lines=True),
    "wide.csv": wide,
    "final.csv": lambda path: pd.DataFrame(ROWS[POINTS - 1 :: POINTS]).to_csv(path),
    "nested.json": lambda path: path.write_text(
        json.dumps({k: [list(x) for x in v] for k, v in CURVES.items()})
    ),
    "seeds.json": lambda path: path.write_text(
        json.dumps({k: {f"seed_{i}": list(x) for i, x in enumerate(v)} for k, v in CURVES.items()})
    ),
    "returns.npz": lambda path: np.savez(path, **{k: np.array(v) for k, v in CURVES.items()}),
}


def groups(found):
    """Seeds by name of the group."""
    return {group.name: [run.seed for run in group.runs] for group in found.groups}


@pytest.mark.parametrize("name", WHOLE)
def test_one_file_with_all_runs(tmp_path, name):
    """By rows or by columns, as pandas, NumPy and W&B write them: two algorithms of four seeds."""
    WHOLE[name](tmp_path / name)
    found = rlprobe.compare(tmp_path / name)
    assert groups(found) == FOUR
    (pair,) = found.pairs
    assert (pair.a.name, pair.verdict) == ("ppo", "better")
    assert pair.difference.value == pytest.approx(100, abs=5)


def test_parquet(tmp_path):
    """The same from a Parquet file."""
    pytest.importorskip("pyarrow", reason="reads Parquet")
    pd.DataFrame(ROWS).to_parquet(tmp_path / "long.parquet")
    assert groups(rlprobe.compare(tmp_path / "long.parquet")) == FOUR


def one_array(path, values):
    """A run in an array."""
    np.save(path.with_suffix(".npy"), values)


def one_pair(path, values):
    """A run in an archive with its steps."""
    np.savez(path.with_suffix(".npz"), returns=values, timesteps=STEPS)


def one_list(path, values):
    """A run in a list."""
    path.with_suffix(".json").write_text(json.dumps(list(values)))


def one_line(path, values):
    """A return a line."""
    np.savetxt(path.with_suffix(".txt"), values)


def steps_without_names(path, values):
    """Steps and returns without a header."""
    np.savetxt(path.with_suffix(".csv"), np.stack([STEPS, values], axis=1), delimiter=",")


@pytest.mark.parametrize("write", [one_array, one_pair, one_list, one_line, steps_without_names])
def test_a_file_a_seed_of_bare_numbers(tmp_path, write):
    """``ppo/seed_3.npy`` and the like: the folder is the algorithm, the number the seed."""
    for name, curves in CURVES.items():
        (tmp_path / name).mkdir()
        for seed, values in enumerate(curves):
            write(tmp_path / name / f"seed_{seed}", values)
    found = rlprobe.compare(tmp_path / "ppo", tmp_path / "dqn")
    assert groups(found) == FOUR


@pytest.mark.parametrize("turned", [False, True])
def test_arrays_in_files(tmp_path, turned):
    """The shorter side of a table of numbers are the seeds, which is said."""
    for name, curves in CURVES.items():
        values = np.array(curves)
        np.save(tmp_path / f"{name}.npy", values.T if turned else values)
    found = rlprobe.compare(tmp_path / "ppo.npy", tmp_path / "dqn.npy")
    assert groups(found) == FOUR
    assert any(f"are read as 4 seeds of {POINTS} points" in line for line in found.problems)


def test_mlflow_and_lightning(tmp_path):
    """A folder a run, with a file a metric, or with a table below ``version_N``."""
    for name, curves in CURVES.items():
        for seed, values in enumerate(curves):
            run = tmp_path / "mlruns" / name / f"{seed}f00ba"
            (run / "metrics").mkdir(parents=True)
            (run / "params").mkdir()
            (run / "params" / "seed").write_text(str(seed))
            lines = [
                f"17{i} {value} {step}" for i, (value, step) in enumerate(zip(values, STEPS, strict=True))
            ]
            (run / "metrics" / "episode_return").write_text("\n".join(lines) + "\n")
            table = tmp_path / "logs" / name / f"version_{seed}" / "metrics.csv"
            table.parent.mkdir(parents=True)
            pd.DataFrame({"epoch": 1, "step": STEPS, "episode_reward": values}).to_csv(table, index=False)
    for folder in ("mlruns", "logs"):
        found = rlprobe.compare(tmp_path / folder / "ppo", tmp_path / folder / "dqn")
        assert groups(found) == FOUR


def test_rows_with_a_seed_of_their_own_are_no_runs(tmp_path):
    """A log whose every episode has another seed is one run."""
    for name, curves in CURVES.items():
        for seed, values in enumerate(curves):
            rows = {"step": STEPS, "seed": range(POINTS), "return": values}
            (tmp_path / name).mkdir(exist_ok=True)
            pd.DataFrame(rows).to_csv(tmp_path / name / f"run_{seed}.csv", index=False)
    found = rlprobe.compare(tmp_path / "ppo", tmp_path / "dqn")
    assert [len(group.runs) for group in found.groups] == [4, 4]


def test_other_files_with_numbers_are_no_runs(tmp_path):
    """Sizes of layers, weights and settings beside logs are left alone."""
    for name, curves in CURVES.items():
        for seed, values in enumerate(curves):
            folder = tmp_path / name / f"seed_{seed}"
            folder.mkdir(parents=True)
            pd.DataFrame({"step": STEPS, "return": values}).to_csv(folder / "progress.csv", index=False)
            (folder / "layers.json").write_text("[64, 64]")
            np.savez(folder / "policy.npz", weight=np.ones((4, 64)))
            np.save(folder / "mean.npy", np.ones(4))
    found = rlprobe.compare(tmp_path / "ppo", tmp_path / "dqn")
    assert (groups(found), found.problems) == (FOUR, ())


def test_dates_in_names_are_no_seeds(tmp_path):
    """Tianshou's ``ppo/3/240101-120000`` has seed 3."""
    for name, curves in CURVES.items():
        for seed, values in enumerate(curves):
            folder = tmp_path / name / str(seed) / "240101-120000"
            folder.mkdir(parents=True)
            pd.DataFrame({"step": STEPS, "test/reward": values}).to_csv(folder / "progress.csv", index=False)
    found = rlprobe.compare(tmp_path / "ppo", tmp_path / "dqn")
    assert groups(found) == FOUR


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("cut.json", b"[1.0, 2.0, 3.", "the file is no JSON"),
        ("cut.npy", b"\x93NUMPY\x01\x00v\x00{'descr': '<f8'", "damaged"),
        ("cut.npz", b"PK\x03\x04 and then nothing", "damaged"),
        ("three.csv", b"1,2,3\n4,5,6\n", "the table has no header"),
        ("cut.parquet", b"PAR1 and then nothing", "arquet"),
    ],
)
def test_damaged_files_are_one_line(tmp_path, name, content, line):
    """The rest is compared."""
    for group, curves in CURVES.items():
        (tmp_path / group).mkdir()
        for seed, values in enumerate(curves):
            write = steps_without_names if name.endswith((".csv", ".parquet")) else one_array
            write(tmp_path / group / f"seed_{seed}", values)
    (tmp_path / "ppo" / name).write_bytes(content)
    found = rlprobe.compare(tmp_path / "ppo", tmp_path / "dqn")
    assert [len(group.runs) for group in found.groups] == [4, 4]
    assert sum(name in problem and line in problem for problem in found.problems) == 1
