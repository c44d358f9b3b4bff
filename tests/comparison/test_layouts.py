"""Runs are found in every layout that people have, each counted once."""

from __future__ import annotations

import json

import numpy as np
import pytest

import rlprobe
from tests.comparison.logs import curve, group, jsonl, monitor, table


def seeds_of(found):
    """Seeds by name of the group."""
    return {one.name: [run.seed for run in one.runs] for one in found.groups}


FIVE = ["0", "1", "2", "3", "4"]


def test_one_folder_a_seed(tmp_path):
    """``ppo/seed_0/monitor.csv``: seeds from the names, tasks from the files."""
    group(tmp_path / "ppo", 200)
    group(tmp_path / "sac", 100, seed=1)
    found = rlprobe.compare(tmp_path / "ppo", tmp_path / "sac")
    assert seeds_of(found) == {"ppo": FIVE, "sac": FIVE}
    assert (found.verdict, found.pairs[0].a.task) == ("better", "CartPole-v1")
    assert rlprobe.compare(tmp_path / "sac", tmp_path / "ppo").verdict == "worse"


def test_flat_files(tmp_path):
    """``ppo_0.csv`` beside ``sac_0.csv``: by patterns, or divided by their names."""
    group(tmp_path, 200, write=table, name="ppo_{}.csv")
    group(tmp_path, 100, seed=1, write=table, name="sac_{}.csv")
    by_pattern = rlprobe.compare(str(tmp_path / "ppo_*.csv"), str(tmp_path / "sac_*.csv"))
    divided = rlprobe.compare(tmp_path)
    assert list(seeds_of(by_pattern).values()) == [FIVE, FIVE]
    assert seeds_of(divided) == {"ppo": FIVE, "sac": FIVE}
    assert by_pattern.verdict == divided.verdict == "better"


def test_files_that_a_shell_hands_over(tmp_path):
    """``compare ppo_* sac_*`` without quotes gives ten arguments: two groups, and it is said."""
    group(tmp_path, 200, write=table, name="ppo_{}.csv")
    group(tmp_path, 100, seed=1, write=table, name="sac_{}.csv")
    found = rlprobe.compare(*sorted(tmp_path.iterdir()))
    assert seeds_of(found) == {"ppo": FIVE, "sac": FIVE}
    assert "taken as the groups ppo, sac" in str(found)


def test_one_folder_an_algorithm_with_a_file_a_seed(tmp_path):
    """``ppo/0.csv``: the number is the seed."""
    group(tmp_path / "ppo", 200, write=table, name="{}.csv")
    group(tmp_path / "sac", 100, seed=1, write=jsonl, name="seed{}.jsonl")
    assert seeds_of(rlprobe.compare(tmp_path)) == {"ppo": FIVE, "sac": FIVE}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.yaml", "algo:\n  name: ppo\nenv:\n  seed: 99\nseed: {}\n"),
        ("files/config.yaml", "wandb_version: 1\n\nseed:\n  desc: null\n  value: {}\n"),
        (".hydra/config.yaml", "env: CartPole-v1\nseed: {}  # of everything\n"),
        ("CartPole-v1/args.yml", "!!python/object/apply:collections.OrderedDict\n- - - algo\n    - ppo\n  - - seed\n    - {}\n"),  # noqa: E501
        ("config.json", '{{"config": {{"seed": {}}}}}'),
    ],
)  # fmt: skip
def test_seeds_from_configurations(tmp_path, name, text):
    """A configuration in or below the folder of a run names the seed, as Hydra, W&B and RL Zoo write it."""
    for algorithm, mean in (("ppo", 200), ("sac", 100)):
        group(tmp_path / algorithm, mean, seed=mean, name="run_{}/monitor.csv")
        for i in range(5):
            path = tmp_path / algorithm / f"run_{i}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.format(40 + i))
    found = rlprobe.compare(tmp_path / "ppo", tmp_path / "sac")
    assert seeds_of(found)["ppo"] == ["40", "41", "42", "43", "44"]


def test_monitor_files_of_processes_are_one_run(tmp_path):
    """Processes of one run share a policy; counted as seeds they would make noise look real."""
    for algorithm, mean in (("ppo", 200), ("sac", 100)):
        for process in range(8):
            path = tmp_path / algorithm / f"{process}.monitor.csv"
            monitor(path, curve(mean, process + mean), start=process / 10)
    found = rlprobe.compare(tmp_path / "ppo", tmp_path / "sac")
    assert found.verdict == "too few seeds"
    assert {len(one.runs) for one in found.groups} == {1}
    assert "processes of one run" in " ".join(found.problems)


def test_monitor_files_one_after_the_other_are_seeds(tmp_path):
    """Files that were written in turn cannot be processes of one run."""
    for algorithm, mean in (("ppo", 200), ("sac", 100)):
        for seed in range(4):
            monitor(tmp_path / algorithm / f"{seed}.monitor.csv", curve(mean, seed + mean), start=1e4 * seed)
    assert seeds_of(rlprobe.compare(tmp_path)) == {"ppo": FIVE[:4], "sac": FIVE[:4]}


def test_tasks_are_compared_apart(tmp_path):
    """With several tasks in a folder every task gets a pair of its own, corrected for their number."""
    for algorithm, mean in (("ppo", 200), ("sac", 100)):
        for task, scale in (("CartPole-v1", 1), ("Acrobot-v1", -1)):
            name = task + "/seed_{}/monitor.csv"
            group(tmp_path / algorithm, scale * mean, seed=mean, name=name, task=task)
    found = rlprobe.compare(tmp_path / "ppo", tmp_path / "sac")
    verdicts = {pair.a.task: pair.verdict for pair in found.pairs}
    assert verdicts == {"CartPole-v1": "better", "Acrobot-v1": "worse"}
    assert found.verdict == "noise"
    one = found.pairs[0]
    assert one.p == pytest.approx(2 * one.difference.p)


def test_cleanrl_names(tmp_path):
    """``CartPole-v1__ppo__1__1700000000`` holds task, algorithm and seed."""
    for algorithm, mean in (("ppo", 200), ("dqn", 100)):
        name = f"CartPole-v1__{algorithm}__{{}}__1700000000/progress.csv"
        group(tmp_path, mean, seed=mean, write=table, name=name, column="charts/episodic_return")
    found = rlprobe.compare(tmp_path)
    assert seeds_of(found) == {"dqn": FIVE, "ppo": FIVE}
    assert found.pairs[0].a.task == "CartPole-v1"


def test_links_and_copies_count_once(tmp_path):
    """A linked folder and a copied run are the same run; a copy made too early is, too."""
    group(tmp_path / "ppo", 200, count=4)
    group(tmp_path / "sac", 100, seed=1, count=4)
    (tmp_path / "ppo" / "seed_9").symlink_to(tmp_path / "ppo" / "seed_0", target_is_directory=True)
    (tmp_path / "ppo" / "loop").symlink_to(tmp_path / "ppo", target_is_directory=True)
    lines = (tmp_path / "ppo" / "seed_1" / "monitor.csv").read_text().splitlines(keepends=True)
    for name, part in (("seed_7", lines), ("seed_8", lines[:30])):
        (tmp_path / "ppo" / name).mkdir()
        (tmp_path / "ppo" / name / "monitor.csv").write_text("".join(part))
    found = rlprobe.compare(tmp_path / "ppo", tmp_path / "sac")
    assert seeds_of(found)["ppo"] == FIVE[:4]
    assert sum("the same run" in line for line in found.problems) == 2


def test_a_run_in_both_groups_belongs_to_neither(tmp_path):
    """The same curve under two names is no difference between them."""
    group(tmp_path / "a", 200)
    group(tmp_path / "b", 200, seed=1)
    (tmp_path / "b" / "seed_5").mkdir()
    shared = (tmp_path / "a" / "seed_0" / "monitor.csv").read_text()
    (tmp_path / "b" / "seed_5" / "monitor.csv").write_text(shared)
    found = rlprobe.compare(tmp_path / "a", tmp_path / "b")
    assert seeds_of(found) == {"a": FIVE[1:], "b": FIVE}
    assert any("left out of both groups" in line for line in found.problems)


def test_failing_seeds_that_learn_nothing_are_no_copies(tmp_path):
    """Two seeds whose every episode returns -200 are two failures, not one run twice."""
    for i in range(5):
        flat = np.full(40, -200.0) if i < 2 else curve(-100, i)
        monitor(tmp_path / "ppo" / f"seed_{i}" / "monitor.csv", flat, start=1e5 * i)
    group(tmp_path / "sac", -150, seed=1)
    found = rlprobe.compare(tmp_path / "ppo", tmp_path / "sac")
    assert len(found.groups[0].runs) == 5
    failed = found.groups[0].failed
    assert (failed.hits, failed.total) == (2, 5)


def test_our_own_log(tmp_path):
    """``run.jsonl`` has a step and named numbers in each row, not the same ones in every row."""
    for algorithm, mean in (("a", 200), ("b", 100)):
        for i in range(4):
            path = tmp_path / algorithm / f"seed_{i}" / "run.jsonl"
            path.parent.mkdir(parents=True)
            rows = []
            for step, value in enumerate(curve(mean, i + mean)):
                rows += [{"step": 100 * step, "return": value}, {"step": 100 * step, "entropy": 0.5}]
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert rlprobe.compare(tmp_path / "a", tmp_path / "b").verdict == "better"


def test_patterns_with_the_task_above(tmp_path):
    """``runs/*/ppo``: the part in place of the star names the task, which is never mixed with another."""
    for task, scale in (("CartPole-v1", 1), ("Acrobot-v1", 2)):
        for algorithm, mean in (("ppo", 200), ("sac", 100)):
            seed = mean * scale
            group(tmp_path / task / algorithm, seed, seed=seed, write=table, name="seed{}/log.csv")
    found = rlprobe.compare(str(tmp_path / "*/ppo"), str(tmp_path / "*/sac"))
    assert {one.task: len(one.runs) for one in found.groups} == {"Acrobot-v1": 5, "CartPole-v1": 5}


def test_downloads_from_tensorboard(tmp_path):
    """``run-PPO_1-tag-rollout_ep_rew_mean.csv`` holds one scalar, which its name tells."""
    for algorithm, mean in (("PPO", 200), ("SAC", 100)):
        for i in range(4):
            rows = [f"{i}.5,{step * 10},{value}" for step, value in enumerate(curve(mean, i + mean))]
            path = tmp_path / f"run-{algorithm}_{i}-tag-rollout_ep_rew_mean.csv"
            path.write_text("Wall time,Step,Value\n" + "\n".join(rows) + "\n")
    found = rlprobe.compare(tmp_path)
    assert seeds_of(found) == {"PPO": FIVE[:4], "SAC": FIVE[:4]}
    assert found.groups[0].runs[0].metric == "rollout/ep_rew_mean"


def test_one_export_of_wandb_with_all_runs(tmp_path):
    """The names of the runs in the columns tell algorithms and seeds; made-up names tell nothing."""
    steps = np.arange(1, 41) * 100
    columns = {
        f"{a}-seed{i} - return": curve(m, i + m) for a, m in (("ppo", 200), ("sac", 100)) for i in range(5)
    }
    rows = [[step, *values] for step, *values in zip(steps, *columns.values(), strict=True)]
    head = ",".join(f'"{name}"' for name in ["Step", *columns])
    (tmp_path / "chart.csv").write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n")
    found = rlprobe.compare(tmp_path / "chart.csv")
    assert seeds_of(found) == {"ppo": FIVE, "sac": FIVE}
    assert found.verdict == "better"
