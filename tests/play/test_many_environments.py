"""Probes, classic control, toy text, MuJoCo and Atari can be played, viewed and recorded."""

from __future__ import annotations

import importlib.util
import sys

import pytest

import probe_envs
import rlprobe
from rlprobe.environments.opening import open_env
from rlprobe.player.keys.keymap import default_keys

PROBES = [f"probe/{row.name}-v0" for row in probe_envs.SUITE]
OTHERS = ["CartPole-v1", "Pendulum-v1", "MountainCar-v0", "Acrobot-v1", "FrozenLake-v1", "Taxi-v4"]


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


@pytest.mark.skipif(not importlib.util.find_spec("mujoco"), reason="needs mujoco")
@pytest.mark.parametrize("name", ["Hopper-v5", "Humanoid-v5"])
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is a screen")
def test_mujoco_without_a_screen(name, tmp_path, monkeypatch):
    """Without a screen MuJoCo is refused with the variable to set, and recorded as the agent sees it."""
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "MUJOCO_GL"):
        monkeypatch.delenv(variable, raising=False)
    with open_env(name) as env:
        for options in ({"script": [[]], "preprocessed": False}, {"script": [[]], "both": True}):
            with pytest.raises(ValueError, match="MUJOCO_GL=egl"):
                rlprobe.play(env, **options)
        with pytest.raises(ValueError, match="MUJOCO_GL=egl"):
            rlprobe.record_random(env, tmp_path / "a.mp4", steps=5)
        recording = rlprobe.record_random(env, tmp_path / "a.mp4", steps=5, seed=0, preprocessed=True)
        result = rlprobe.play(env, script=[[]] * 3, seed=0)
    assert recording.frames >= 6
    assert sum(len(e.actions) for e in result.episodes) == 3


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("ale_py"), reason="needs ale_py")
@pytest.mark.filterwarnings("ignore")
def test_atari(tmp_path):
    """Atari is played with its own keys and recorded as rendered."""
    with open_env("ALE/Pong-v5") as env:
        recording = rlprobe.record_random(env, tmp_path / "a.mp4", steps=5, seed=0)
        result = rlprobe.play(env, script=["d", "a", ""], seed=0)
    assert recording.frames == 6
    assert len(set(map(int, result.episodes[0].actions))) == 3
