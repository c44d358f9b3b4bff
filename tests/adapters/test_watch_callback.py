"""The callback watches what `learn` does, and changes nothing."""

import pytest

pytest.importorskip("stable_baselines3")
from stable_baselines3 import DQN, PPO

from rlprobe.adapters.sb3 import WatchCallback


def weights(model):
    """The sum of all parameters."""
    return sum(p.double().sum().item() for p in model.policy.parameters())


def test_a_run_with_the_callback_is_the_same(tmp_path):
    """Weights are equal with and without, files are written, and every signal of PPO is there."""
    plain = PPO("MlpPolicy", "CartPole-v1", n_steps=128, seed=0, device="cpu").learn(640)
    callback = WatchCallback(tmp_path, verbose=0)
    watched = PPO("MlpPolicy", "CartPole-v1", n_steps=128, seed=0, device="cpu").learn(640, callback=callback)
    assert weights(plain) == weights(watched)
    assert callback.verdict == "healthy"
    assert callback.watch.problems == []
    assert callback.watch.steps == 640
    names = set(callback.watch.curves.all)
    assert {"return", "entropy", "kl", "first_ratio_off", "gradient_norm", "update_ratio"} <= names
    assert max(callback.watch.curves.get("first_ratio_off").values) < 1e-5
    assert (tmp_path / "report.html").exists()


def test_action_values_and_target_are_found():
    """A DQN has action values and a target that is followed."""
    callback = WatchCallback(verbose=0)
    DQN(
        "MlpPolicy", "CartPole-v1", learning_starts=50, target_update_interval=100, seed=0, device="cpu"
    ).learn(600, callback=callback)
    assert callback.watch.problems == []
    assert callback.findings == []
    assert callback.watch.learning.observer.roles.q.name.endswith("q_net")
    assert len(callback.watch.curves.get("target_lag"))
