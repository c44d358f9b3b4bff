"""The pytest plugin: nothing until it is asked for, then one test for each probe."""

from __future__ import annotations

import subprocess
import sys

import pytest

from rlprobe import pytest_plugin, testing
from rlprobe.agents import tabular

RUN = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]


def run(folder, *words):
    """The lines that pytest prints, and its exit code."""
    done = subprocess.run([*RUN, *words], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr, done.returncode


def test_the_entry_point_imports_neither_rlprobe_nor_gymnasium():
    """Whoever does not ask for it pays for an empty module."""
    code = "import sys, rlprobe_pytest; print({'rlprobe', 'gymnasium', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_each_probe_is_a_test_of_its_own(tmp_path):
    """`-k` selects probes, and those that are left run once together."""
    target = "rlprobe.agents.tabular:make_agent"
    (tmp_path / "test_own.py").write_text("def test_own():\n    pass\n")
    words = ["--rlprobe", target, "--rlprobe-seeds", "1", "-k", "Constant or Decoder", "-rA"]
    said, code = run(tmp_path, *words)
    assert code == 0, said
    assert "PASSED rlprobe::Constant" in said
    assert "2 passed" in said


def test_a_target_that_is_not_there_is_said():
    """The error names the module."""
    with pytest.raises(ValueError, match="no module named 'no'"):
        pytest_plugin.subject("no.such:thing")


def test_the_fixtures_give_the_assertions(rlprobe_diagnose, rlprobe_inspect):
    """A test file needs no import."""
    assert rlprobe_diagnose is testing.assert_healthy
    assert rlprobe_inspect is testing.assert_env_ready


class TestTabular(testing.agent_conformance(tabular.make_agent)):
    """The reference agent has the interface of an agent."""


def test_an_agent_without_act_does_not_conform():
    """The tests of the interface can fail."""

    class Learner:
        def learn(self, steps):
            pass

    found = testing.agent_conformance(lambda env, setting: Learner())()
    with pytest.raises(Exception, match="act"):
        found.test_it_has_the_methods_of_an_agent()


def test_a_harmful_environment_fails_the_test():
    """The failure is the report of the inspection."""
    import gymnasium as gym
    import numpy as np

    class Broken(gym.Wrapper):
        def step(self, action):
            observation, _, *rest = super().step(action)
            return observation, np.nan, *rest

    with pytest.raises(AssertionError, match="NaN"):
        testing.assert_env_ready(lambda: Broken(gym.make("CartPole-v1")), seconds=1.0, checkers=False)
