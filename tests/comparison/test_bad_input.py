"""Each bad input is one clear line, the rest is compared, and nothing is called better because of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

import rlprobe
from rlprobe.comparison.finding.candidates import read
from tests.cli.conftest import rlprobe as command  # noqa: F401 - a fixture
from tests.comparison.logs import curve, group, monitor, table


@pytest.fixture
def two(tmp_path):
    """Two algorithms of five seeds, the first clearly better."""
    group(tmp_path / "ppo", 200)
    group(tmp_path / "sac", 100, seed=1)
    return tmp_path / "ppo", tmp_path / "sac"


def said(found):
    """All problems in one text."""
    return "\n".join(found.problems)


def test_a_clear_difference(command, two, tmp_path):  # noqa: F811
    """Exit code 0, the fixed names in the JSON, nothing wider than 80 columns."""
    got = command("compare", *two, "--json", tmp_path / "out.json")
    assert (got.code, got.err) == (0, "")
    assert max(map(len, got.out.splitlines())) <= 80
    assert got.out.startswith("ppo against sac on CartPole-v1: ppo is better")
    data = json.loads((tmp_path / "out.json").read_text())
    assert (data["schema"], data["verdict"]) == (1, "better")
    (pair,) = data["pairs"]
    assert {"a", "b", "difference", "low", "high", "p", "seeds", "needed"} <= set(pair)
    assert set(pair["needed"]) == {"seen", "5%", "10%", "20%"}
    assert pair["low"] < 100 < pair["high"]


def test_noise_and_too_few_seeds(command, tmp_path):  # noqa: F811
    """Both end with exit code 3; three against three is always too few, and the way out is said."""
    for folder, seed in (("a", 0), ("b", 1)):
        group(tmp_path / folder, 200, seed=seed, spread=30.0)
        group(tmp_path / "few" / folder, 200 * (seed + 1), seed=seed, count=3)
    noise = command("compare", tmp_path / "a", tmp_path / "b")
    assert (noise.code, "noise" in noise.out) == (3, True)
    few = command("compare", tmp_path / "few/a", tmp_path / "few/b")
    assert (few.code, "too few seeds" in few.out) == (3, True)
    assert "At least 4 against 4 are needed." in " ".join(few.out.split())


def test_one_seed(tmp_path):
    """One seed is refused."""
    group(tmp_path / "a", 200, count=1)
    group(tmp_path / "b", 100, seed=1)
    found = rlprobe.compare(tmp_path / "a", tmp_path / "b")
    assert found.verdict == "too few seeds"
    assert "a has one seed" in " ".join(str(found).split())


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["nowhere", "ppo"], "nowhere: there is no such file or folder"),
        (["runs/xyz_*", "ppo"], "no file or folder matches this pattern"),
        (["ppo", "ppo"], "the same runs are given twice"),
        (["ppo"], "give two folders or patterns"),
        (["ppo", "empty"], "empty: no log file found"),
        (["ppo", "sac", "--at", "last"], "expected last10%, auc or step=N"),
        (["ppo", "sac", "--at", "step=9e9"], "beyond the common budget"),
        (["ppo", "sac", "--metric", "loss"], "no run has the metric 'loss'; the logs have: monitor/return"),
    ],
)
def test_wrong_usage(command, two, monkeypatch, words, line):  # noqa: F811
    """One line, exit code 2."""
    monkeypatch.chdir(two[0].parent)
    (two[0].parent / "empty").mkdir()
    got = command("compare", *words)
    assert (got.code, got.out, got.err.count("\n")) == (2, "", 1)
    assert line in got.err


def test_damaged_files(two):
    """What cannot be read is named; the other runs are compared."""
    bad = {
        "seed_5/monitor.csv": b"",
        "seed_6/evaluations.npz": b"PK\x03\x04 not a zip",
        "seed_7/progress.csv": b"\x00\x01\x02\x03" * 100,
        "seed_8/run.jsonl": b"not json\n[1, 2]\n",
        "seed_9/monitor.csv": b'#{"t_start": 1}\nr,l,t\n',
        "seed_10/events.out.tfevents.1.host": b"garbage",
        "seed_11/progress.csv": b"1,2\n3,4\n",
    }
    for name, content in bad.items():
        (two[0] / name).parent.mkdir()
        (two[0] / name).write_bytes(content)
    found = rlprobe.compare(*two)
    assert found.verdict == "better"
    assert len(found.groups[0].runs) == 5
    for name in bad:
        assert name.split("/")[0] in said(found), name


def test_a_half_written_last_line(two):
    """It is left out and said, also where it could pass for a whole one."""
    for i, cut in enumerate((1, 4)):
        path = two[0] / f"seed_{i}" / "monitor.csv"
        path.write_bytes(path.read_bytes()[:-cut])
    found = rlprobe.compare(*two)
    assert said(found).count("last line is half-written") == 2
    assert [len(run.curve.values) for run in found.groups[0].runs] == [39, 39, 40, 40, 40]


def test_nan_at_the_end_makes_nothing_better(tmp_path):
    """Runs that diverged are left out, count as failed, and no one wins because of their absence."""
    for i in range(8):
        values = curve(200, i)
        values[25:] = np.nan if i < 4 else values[25:]
        monitor(tmp_path / "ppo" / f"seed_{i}" / "monitor.csv", values)
    group(tmp_path / "sac", 100, seed=1, count=8)
    found = rlprobe.compare(tmp_path / "ppo", tmp_path / "sac")
    assert found.verdict == "noise"
    assert "NaN from step" in said(found)
    assert (found.groups[0].failed.hits, found.groups[0].failed.total) == (4, 8)


def test_single_nan_values_are_left_out(two):
    """A NaN in the middle costs that point only."""
    values = curve(200, 77)
    values[5] = np.nan
    monitor(two[0] / "seed_0" / "monitor.csv", values)
    found = rlprobe.compare(*two)
    assert found.verdict == "better"
    assert "1 value of monitor/return is NaN" in said(found)


def test_unequal_budgets_are_cut(tmp_path):
    """Curves of different length are compared up to the common step, so that a longer run does not win."""
    for i in range(6):
        monitor(tmp_path / "long" / f"s{i}" / "monitor.csv", np.linspace(0, 200, 400) + curve(0, i, 400))
        monitor(tmp_path / "short" / f"s{i}" / "monitor.csv", np.linspace(0, 100, 200) + curve(0, i + 9, 200))
    found = rlprobe.compare(tmp_path / "long", tmp_path / "short")
    assert found.verdict == "noise"
    assert "unequal budgets" in said(found)
    assert "all are cut to 10,000" in said(found)


def test_evaluations_are_not_compared_with_training(two):
    """Returns of evaluations and of training are different things; the fewer ones are left out."""
    table(two[0] / "seed_9" / "progress.csv", curve(500, 3), column="eval/mean_reward")
    found = rlprobe.compare(*two)
    assert len(found.groups[0].runs) == 5
    assert "only evaluation returns" in said(found)


def test_different_tasks_in_the_two_folders(command, tmp_path):  # noqa: F811
    """Nothing is compared across tasks."""
    group(tmp_path / "a", 200)
    group(tmp_path / "b", 100, seed=1, task="Acrobot-v1")
    got = command("compare", tmp_path / "a", tmp_path / "b")
    assert got.code == 2
    assert "nothing to compare" in got.err


def test_steps_and_episodes_are_not_mixed(two):
    """A file that counts episodes has no budget in steps."""
    rows = "\n".join(f"{i},{value}" for i, value in enumerate(curve(900, 3)))
    (two[0] / "seed_9").mkdir()
    (two[0] / "seed_9" / "log.csv").write_text(f"episode,return\n{rows}\n")
    found = rlprobe.compare(*two)
    assert "its steps are episodes" in said(found)
    assert len(found.groups[0].runs) == 5


def test_arrays(tmp_path):
    """Scores or curves as arrays, with one clear line for what is neither."""
    random = np.random.default_rng(0)
    scores = random.normal(10, 1, 6), random.normal(0, 1, 6)
    assert rlprobe.compare(*scores).verdict == "better"
    curves = [np.linspace(0, 1, 50) * level[:, None] for level in scores]
    assert rlprobe.compare(*curves).verdict == "better"
    assert rlprobe.compare(scores[0], scores[0] + 0).verdict == "noise"
    for wrong in ([], [[[1.0]]], ["a"]):
        with pytest.raises(ValueError, match="A: expected"):
            rlprobe.compare(wrong, [1.0, 2.0])
    with pytest.raises(ValueError, match="at least two groups"):
        rlprobe.compare([1.0, 2.0])


def test_ten_thousand_episodes(tmp_path):
    """A long file is read whole; tests/measurements/reading.py tells how long that takes."""
    monitor(tmp_path / "a" / "monitor.csv", curve(200, 1, 10_000))
    (log,) = read(tmp_path / "a" / "monitor.csv")
    assert len(log.series["monitor/return"].values) == 10_000


def test_until_clear_names_the_next_seeds(command, tmp_path):  # noqa: F811
    """A small difference is not clear at five seeds: the seeds of the next look are named, for each group."""
    group(tmp_path / "a", 200, spread=20.0)
    group(tmp_path / "b", 190, seed=1, count=6, spread=20.0)
    got = command("compare", tmp_path / "a", tmp_path / "b", "--until-clear", "--json", tmp_path / "out.json")
    assert got.code == 3
    assert "run next: a, seeds 5, 6" in got.out
    (pair,) = json.loads((tmp_path / "out.json").read_text())["pairs"]
    assert pair["until_clear"]["run_next"] == {"a": [5, 6], "b": [6]}


def test_until_clear_stops(command, two):  # noqa: F811
    """A large difference is clear at the first look."""
    got = command("compare", *two, "--until-clear")
    assert got.code == 0
    assert "look 1 of 5, at 5 seeds each" in got.out
    assert "stop here" in " ".join(got.out.split())


def test_what_is_no_file_does_not_stop_it(two):
    """A link to nowhere is said; pipes and folders with the name of a log are no logs."""
    import os

    (two[0] / "lost.csv").symlink_to(two[0] / "nowhere")
    (two[0] / "folder.csv").mkdir()
    os.mkfifo(two[0] / "pipe.csv")
    found = rlprobe.compare(*two)
    assert found.verdict == "better"
    assert "lost.csv: not read" in said(found)
    assert "pipe.csv" not in said(found)


def test_a_run_that_has_hardly_begun_cuts_nothing(two):
    """The others are not cut to a run of a few steps; it is left out and said."""
    monitor(two[0] / "seed_9" / "monitor.csv", curve(1, 3)[:2])
    found = rlprobe.compare(*two)
    assert found.budget["CartPole-v1"] == 2000
    assert "seed_9: left out: it ends at 100" in said(found)


def test_small_losses_are_better(tmp_path):
    """The name of a metric says whether small values are good."""
    group(tmp_path / "a", 1.0, spread=0.1, write=table, name="s{}/progress.csv", column="train/value_loss")
    group(
        tmp_path / "b",
        5.0,
        spread=0.1,
        seed=1,
        write=table,
        name="s{}/progress.csv",
        column="train/value_loss",
    )
    found = rlprobe.compare(tmp_path / "a", tmp_path / "b", metric="value_loss")
    assert found.verdict == "better"
    assert "smaller counts as better" in " ".join(str(found).split())


def test_curves_of_different_length_in_arrays():
    """A list with a curve for each seed is cut to the shortest, as folders are."""
    random = np.random.default_rng(0)
    a, b = ([random.normal(level, 1, n) for n in (8, 9, 10, 9, 8)] for level in (100, 0))
    found = rlprobe.compare(a, b)
    assert found.verdict == "better"
    assert "all are cut to 8" in said(found)


@pytest.mark.parametrize("given", [[], 5.0, None, ["a"], np.zeros((2, 2, 2))])
def test_what_is_no_array_of_seeds(given):
    """One line with what was expected."""
    with pytest.raises(ValueError, match=r"A: expected numbers of shape \(seeds,\) or"):
        rlprobe.compare(given, [1.0, 2, 3, 4])
