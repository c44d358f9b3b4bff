"""The environment that a user names: whatever gym.make takes, and functions and classes of their own."""

from __future__ import annotations

import importlib.util
import json
import sys

import gymnasium as gym
import numpy as np
import pytest

import rlprobe
from rlprobe.cli import main
from rlprobe.environments.opening import arguments_of, open_env
from rlprobe.recorder import record_random

MODULE = """
import gymnasium as gym, numpy as np
class Mine(gym.Env):
    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}
    observation_space, action_space = gym.spaces.Box(0, 1, (2,), np.float32), gym.spaces.Discrete(2)
    def __init__(self, render_mode=None, size=4):
        self.render_mode, self.size = render_mode, size
    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.t = 0
        return np.zeros(2, np.float32), {}
    def step(self, action):
        self.t += 1
        return np.zeros(2, np.float32), 1.0, self.t >= self.size, False, {}
    def render(self):
        return np.zeros((8 * self.size, 32, 3), np.uint8)
class Needs(Mine):
    def __init__(self, level, render_mode=None):
        super().__init__(render_mode, level)
class Still(Mine):
    metadata = {"render_modes": ["ansi"]}
class Mute(Mine):
    def __init__(self):
        super().__init__()
def broken():
    raise KeyError("no such level")
def nothing():
    return None
gym.register("Mine-v3", entry_point=Mine, max_episode_steps=6)
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A folder with a module that registers and defines environments, as a user has it."""
    (tmp_path / "mymodule.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("mymodule", None)
    gym.registry.pop("Mine-v3", None)


def test_ids_with_a_module_are_taken(mine):
    """module:Id-v0 imports the module, from the folder one stands in too, and makes pictures."""
    with open_env("mymodule:Mine-v3") as env:
        assert env.render_mode == "rgb_array"
        assert env.spec.id == "Mine-v3"
    assert record_random("mymodule:Mine-v3", "out.mp4", episodes=1, seed=0).episodes[0].length == 4
    report = rlprobe.inspect("mymodule:Mine-v3", steps=50, checkers=False, pictures=False)
    assert "Mine-v3" in str(report)
    assert main(["inspect", "mymodule:Mine-v3", "--steps", "20", "--no-checkers", "--no-progress"]) in {0, 1}


def test_ids_without_a_version_and_specifications_are_taken():
    """As gym.make does: the newest version, and EnvSpec objects."""
    assert open_env("CartPole").spec.id == "CartPole-v1"
    spec = gym.spec("CartPole-v1")
    assert open_env(spec).spec.id == "CartPole-v1"
    assert str(rlprobe.inspect(spec, steps=30, checkers=False, pictures=False)).startswith("CartPole-v1")


@pytest.mark.parametrize("name", ["PongNoFrameskip-v4", "Pong-v4", "ALE/Pong-v5", "ale_py:ALE/Pong-v5"])
def test_atari_ids_are_taken_where_the_package_is_installed(name):
    """With and without ALE/ or a module, without importing ale_py first."""
    pytest.importorskip("ale_py")
    with open_env(name) as env:
        assert env.reset(seed=0)[0].shape == (210, 160, 3)


@pytest.mark.parametrize(
    ("name", "match"),
    [
        ("nosuch:X-v0", "no module named 'nosuch', needed for 'nosuch:X-v0': install the package"),
        ("json:X-v0", "`X` doesn't exist.*give module:Id-v0, or --env"),
        ("CartPol-v1", "Did you mean: `CartPole`"),
        ("CartPole-v9", r"versioned environments: \[ `v0`, `v1` \]"),
        ("mymodule:Mine", "version|mymodule"),
        ("mymodule:Needs", "mymodule has a function or class Needs: give it as --env mymodule:Needs"),
        ("mine.py:Mine", "a function or class in a file is given as --env mine.py:Mine"),
        ("Foo/Bar-v0", "Namespace Foo not found"),
    ],
)
def test_what_is_not_registered_is_said_with_the_remedy(mine, name, match):
    """A missing module, package, name or version is named, with what to install or write."""
    if name == "mymodule:Mine":
        with open_env(name) as env:  # the newest version, as gym.make takes it
            assert env.spec.id == "Mine-v3"
        return
    with pytest.raises(ValueError, match=match):
        open_env(name)


@pytest.mark.parametrize(
    ("name", "module", "package"),
    [
        ("MiniGrid-Empty-8x8-v0", "minigrid", "minigrid"),
        ("FetchReach-v3", "gymnasium_robotics", "gymnasium-robotics"),
        ("ALE/Pong-v5", "ale_py", "ale-py"),
        ("PongNoFrameskip-v4", "ale_py", "ale-py"),
        ("mo-mountaincar-v0", "mo_gymnasium", "mo-gymnasium"),
    ],
)
def test_the_package_that_is_missing_is_named(monkeypatch, name, module, package):
    """Ids of packages that people know say which one to install."""
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda n, *a: None if n == module else real(n, *a))
    monkeypatch.setattr(gym.envs.registration, "registry", {})
    monkeypatch.setattr(gym, "registry", {})
    with pytest.raises(ValueError, match=f"package {package}, which is not installed: pip install {package}"):
        open_env(name)


def test_a_game_under_its_new_name_is_named():
    """Pong-v5, which gym.make does not know, is called ALE/Pong-v5."""
    pytest.importorskip("ale_py")
    with pytest.raises(ValueError, match="Pong-v5 is called ALE/Pong-v5"):
        open_env("Pong-v5")


def test_classes_get_the_render_mode_that_they_take(mine):
    """Record --env file.py:Class records without more ado; a class without that mode is made without it."""
    assert open_env(None, "mymodule:Mine").render_mode == "rgb_array"
    assert open_env(None, "mymodule:Still").render_mode is None
    assert open_env(None, "mymodule:Mute").render_mode is None
    assert main(["record", "--env", "mymodule:Mine", "--episodes", "1", "--out", "mine.mp4"]) == 0
    assert open_env(None, "mymodule:Mine", {"render_mode": None}).render_mode is None


def test_arguments_reach_the_environment(mine, capsys):
    """--env-arg key=value goes to gym.make, to a function or to a class, for every command."""
    assert open_env("FrozenLake-v1", None, arguments_of(["map_name=8x8"])).observation_space.n == 64
    assert open_env(None, "mymodule:Needs", {"level": 7}).size == 7
    arguments = ["--env", "mymodule:Needs", "--env-arg", "level=3"]
    assert main(["record", *arguments, "--episodes", "1", "--out", "needs.mp4"]) == 0
    assert json.loads((mine / "needs.mp4.json").read_text())["episodes"][0]["length"] == 3
    assert main(["inspect", *arguments, "--steps", "20", "--no-checkers", "--no-progress"]) in {0, 1}
    (mine / "keys.json").write_text('["left", "left", "left"]')
    assert main(["play", *arguments, "--headless-script", "keys.json", "--episodes", "1"]) == 0
    assert main(["play", "FrozenLake-v1", "--env-arg", "map_name=8x8", "--headless-script", "keys.json"]) == 0


@pytest.mark.parametrize(
    ("factory", "arguments", "match"),
    [
        ("mymodule:Needs", {}, "needs 'level': give it as --env-arg level=VALUE"),
        ("mymodule:Needs", {"leve": 3}, "takes level, render_mode, got 'leve'"),
        ("mymodule:broken", {}, "raised KeyError: 'no such level'"),
        ("mymodule:nothing", {}, "expected a gymnasium.Env, got NoneType"),
    ],
)
def test_arguments_and_functions_that_do_not_fit_are_said(mine, factory, arguments, match):
    """A missing or unknown argument and a function that raises are named, not a traceback."""
    with pytest.raises(ValueError, match=match):
        open_env(None, factory, arguments)


@pytest.mark.parametrize("pairs", [["size"], ["=3"], ["a b=3"], ["size=1", "size=2"]])
def test_arguments_that_are_none_are_refused(pairs):
    """Without a key or a value, or twice."""
    with pytest.raises(ValueError, match="--env-arg"):
        arguments_of(pairs)


def test_play_takes_an_id():
    """rlprobe.play("CartPole-v1") opens it as the command does."""
    result = rlprobe.play("CartPole-v1", script=["left"] * 3, seed=0)
    assert len(result.episodes[0].actions) == 3
    assert np.isfinite(result.episodes[0].total)
