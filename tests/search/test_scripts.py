"""Scripts as people write them: what is read, how a parameter reaches them, and whether it arrives."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from rlprobe.search.trials.arrival import arrivals
from rlprobe.search.trials.script import Script
from rlprobe.search.trials.space import Range

OWN_CLASS = """
    import argparse, random
    class Chain:
        def reset(self):
            self.left = 5
        def step(self, action):
            self.left -= 1
            return self.left, action, self.left == 0, {}
    parser = argparse.ArgumentParser()
    parser.add_argument("--learning_rate", type=float)
    parser.add_argument("--unused", type=float)
    parser.add_argument("--seed", type=int)
    args = parser.parse_args()
    random.seed(args.seed)
    env = Chain()
    for episode in range(5):
        env.reset()
        while env.left:
            env.step(random.random() * args.learning_rate)
    """
PRINTED = """
    import os, random
    random.seed(int(os.environ["SEED"]))
    for i in range(4):
        print(f"Episode {i}, Reward: {float(os.environ['LR']) * i + random.random()}")
    """
ASSIGNED = """
    import json, random, sys
    settings = dict(one.split("=") for one in sys.argv[1:])
    random.seed(settings["seed"])
    print(json.dumps({"mean_return": float(settings["optim.lr"]) + random.random()}))
    """
LATE = """
    import click, gymnasium as gym, numpy as np
    @click.command()
    @click.option("--late", type=float)
    @click.option("--seed", type=int)
    def main(late, seed):
        env = gym.make_vec("CartPole-v1", num_envs=2, vectorization_mode="vector_entry_point")
        random = np.random.default_rng(seed)
        env.reset(seed=seed)
        for i in range(200):
            env.step((random.random(2) < (late if i > 150 else 0.5)).astype(int))
    main()
    """
FILE = """
    import argparse, json, yaml
    parser = argparse.ArgumentParser()
    parser.add_argument("--config")
    parser.add_argument("--out")
    args = parser.parse_args()
    settings = yaml.safe_load(open(args.config))
    result = {"win_rate": settings["optim"]["lr"] / 3 + settings["seed"]}
    json.dump(result, open(args.out + "/result.json", "w"))
    """
CHANCE = """
    import argparse, random
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float)
    parser.parse_args()
    print("score:", random.random())
    """
QUIET = """
    import sys
    print("training ended")
    """
FAILS_AT_AN_END = """
    import argparse
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float)
    lr = parser.parse_args().lr
    assert lr < 0.9, "lr is too large"
    print("score:", lr)
    """


@pytest.fixture
def arrived(tmp_path, monkeypatch):
    """``arrived(source, ["lr=lin:0..1"])`` writes a script and asks whether its parameters arrive."""
    monkeypatch.chdir(tmp_path)

    def run(source, params, args=(), metric=None):
        Path("train.py").write_text(textwrap.dedent(source))
        ranges = [Range.of(one) for one in params]
        return arrivals(Script("train.py", args, metric), ranges, tmp_path / "out", 60.0)

    return run


@pytest.mark.slow
def test_a_class_of_its_own(arrived):
    """Its episodes are read; an option spelled otherwise is found; what is read and forgotten is named."""
    found = arrived(OWN_CLASS, ["learning-rate=lin:0..1", "unused=lin:0..1"])
    assert (found.silent, found.arrived, found.doubts) == (("unused",), ("learning-rate",), ())
    assert found.read == "the episodes of Chain"


@pytest.mark.slow
def test_what_is_printed_and_variables(arrived):
    """A script without options takes its settings from the environment and prints its returns."""
    found = arrived(PRINTED, ["LR=lin:0..1"])
    assert (found.arrived, found.read) == (("LR",), "reward in 4 printed lines")


@pytest.mark.slow
def test_assignments_and_a_line_of_json(arrived):
    """``optim.lr=VALUE`` as Hydra takes it, and a last line of JSON."""
    found = arrived(ASSIGNED, ["optim.lr=lin:0..1"])
    assert (found.arrived, found.read) == (("optim.lr",), "mean_return in 1 printed line of JSON")


@pytest.mark.slow
def test_what_changes_late_has_arrived(arrived):
    """A parameter that matters only in the last quarter, in a vector environment, with click."""
    pytest.importorskip("click")
    found = arrived(LATE, ["late=lin:0.1..0.9"])
    assert (found.arrived, found.read) == (("late",), "the episodes of CartPoleVectorEnv")


@pytest.mark.slow
def test_a_file_of_settings_and_a_file_with_the_result(arrived, tmp_path):
    """Each run gets a copy of the settings; the result is read where ``--metric`` says."""
    pytest.importorskip("yaml")
    (tmp_path / "c.yaml").write_text("seed: 1\noptim:\n  lr: 0.1  # the step\n")
    args = ("--config", "c.yaml", "--out", "{out}")
    found = arrived(FILE, ["lr=log:1e-6..1e-1"], args, "{out}/result.json")
    assert (found.arrived, found.read) == (("lr",), "win_rate in result.json")


@pytest.mark.slow
def test_other_returns_with_the_same_arguments(arrived):
    """Nothing is said to arrive if the script is not repeatable."""
    found = arrived(CHANCE, ["lr=lin:0..1"])
    assert (found.silent, found.arrived) == ((), ())
    assert "the same arguments twice give other returns, and no seed reaches it" in found.doubts[0]


@pytest.mark.slow
def test_an_end_at_which_the_script_fails(arrived):
    """The end and the words of the script are told."""
    found = arrived(FAILS_AT_AN_END, ["lr=lin:0..1"])
    assert "lr: the script fails at 1: AssertionError: lr is too large" in found.doubts[0]


def test_a_script_without_a_return(arrived):
    """One line says what was looked for, and what to print."""
    with pytest.raises(ValueError, match=r"no return found.* print \{\"return\": 12.3\} at the end") as error:
        arrived(QUIET, ["lr=lin:0..1"])
    assert "\n" not in str(error.value)
