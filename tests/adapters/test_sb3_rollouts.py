"""Rollouts of Stable-Baselines3 that are shortened for a diagnosis, with several environments."""

import gymnasium as gym
import pytest

from rlprobe.scripts.inside.changes.at_run_time import library_defaults
from rlprobe.scripts.inside.changes.rewriting import Rewriting
from rlprobe.scripts.inside.changes.rules import quick_rules

sb3 = pytest.importorskip("stable_baselines3")


@pytest.fixture
def rules(monkeypatch):
    """The usual rules, applied to the defaults of the algorithms, which are put back after the test."""
    monkeypatch.setattr(library_defaults, "LIBRARIES", ("stable_baselines3",))
    algorithm = sb3.common.on_policy_algorithm.OnPolicyAlgorithm
    monkeypatch.setattr(algorithm, "_setup_model", algorithm._setup_model)
    for one in vars(sb3).values():
        if hasattr(one, "learn"):
            monkeypatch.setattr(one.__init__, "__defaults__", one.__init__.__defaults__)
    rules = Rewriting(list(quick_rules(8_000)))
    library_defaults.read_defaults(rules)
    return rules


def _steps(envs, **options):
    vector = sb3.common.vec_env.DummyVecEnv([lambda: gym.make("CartPole-v1")] * envs)
    return sb3.PPO("MlpPolicy", vector, device="cpu", **options).n_steps


def test_rollouts_are_divided_among_environments(rules):
    """As many steps in all between two updates, for each model that a script builds."""
    alone = _steps(1)
    assert 16 < alone < 2048
    assert [_steps(4), _steps(4), _steps(1)] == [512 // 4, 512 // 4, alone]
    assert _steps(64) == 16
    assert rules.defaults["PPO", "n_steps"]["new"] == 16


def test_a_number_of_steps_that_was_not_changed_stays(rules):
    """What is short already is the script's own."""
    assert _steps(4, n_steps=208) == 208
