"""Probes, classic control, toy text, MuJoCo and Atari can be played, viewed and recorded."""

from __future__ import annotations

import importlib.util

import gymnasium as gym
import pytest

import probe_envs
import rlprobe
from rlprobe.open_env import open_env
from rlprobe.player.keys import default_keys

PROBES = [f"probe/{row.name}-v0" for row in probe_envs.SUITE]
OTHERS = ["CartPole-v1", "Pendulum-v1", "MountainCar-v0", "Acrobot-v1", "FrozenLake-v1", "Taxi-v4"]
OPTIONAL = {"Hopper-v5": "mujoco", "Humanoid-v5": "mujoco", "ALE/Pong-v5": "ale_py"}
OPTIONAL_HERE = [name for name, module in OPTIONAL.items() if importlib.util.find_spec(module)]


@pytest.mark.parametrize("name", [*PROBES, *OTHERS])
def test_playable_and_recordable(name, tmp_path):
    """Every key gives a legal action, and random play is recorded as the agent sees it."""
    with open_env(name) as env:
        keymap = default_keys(env)
        assert all(env.action_space.contains(keymap.action(list(b.keys))) for b in keymap.bindings)
        key = next(iter(keymap.bindings)).keys
        result = rlprobe.play(env, script=[list(key)] * 3, seed=0)
        assert sum(len(e.actions) for e in result.episodes) == 3
        recording = rlprobe.record_random(env, tmp_path / "a.mp4", steps=5, seed=0, preprocessed=True)
    assert sum(e.length for e in recording.episodes) == 5


@pytest.mark.slow
@pytest.mark.parametrize("name", OPTIONAL_HERE)
@pytest.mark.filterwarnings("ignore")
def test_simulators_are_recordable(name, tmp_path):
    """MuJoCo and Atari are recorded as rendered; without a graphics driver as the agent sees them."""
    env, preprocessed = open_env(name), False
    try:
        env.reset(seed=0)
        env.render()
    except Exception:  # noqa: BLE001 - whatever a missing graphics driver raises
        env, preprocessed = gym.make(name), True
    with env:
        recording = rlprobe.record_random(env, tmp_path / "a.mp4", steps=5, seed=0, preprocessed=preprocessed)
        result = rlprobe.play(env, script=[[]] * 3, seed=0)
    assert recording.frames >= 6
    assert len(result.episodes[0].actions) == 3
