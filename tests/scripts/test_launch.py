"""A script that is launched does, to the last bit, what ``python script.py`` does."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from rlprobe.cli import main
from rlprobe.scripts.inside.sources import vector_api_of
from rlprobe.scripts.launch import Launch, LaunchError

TRAIN = """
import dataclasses, pickle, random, sys
import gymnasium as gym
import numpy as np
import beside

@dataclasses.dataclass
class Args:
    seed: int = 0

class Memory:
    def __init__(self):
        self.rows = []

random.seed(int(sys.argv[2]))
np.random.seed(int(sys.argv[2]))
env = gym.make("CartPole-v1")
weights = np.random.randn(4)
for episode in range(12):
    observation, _ = env.reset(seed=episode)
    total, done = 0.0, False
    while not done:
        noise = random.gauss(0.0, 0.1) + np.random.normal(0.0, 0.1) + beside.offset()
        observation, reward, terminated, truncated, _ = env.step(int(observation @ weights + noise > 0))
        total += reward
        done = terminated or truncated
    weights += 0.01 * total * np.random.randn(4)
    print(repr(total), repr(float(weights.sum())))
print(type(pickle.loads(pickle.dumps(Memory()))).__module__, Args(), sys.argv, __name__, __file__)
print(sys.path[0], sys.modules["__main__"].Memory is Memory, random.random(), np.random.rand())
sys.exit(3)
"""
LAUNCHER = (
    "import sys; from rlprobe.scripts.launch import Launch, launch; "
    "launch(Launch({target!r}, tuple(sys.argv[1:]), {module}))"
)


def output(command, folder):
    """Exit code and what was printed."""
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


@pytest.fixture
def folder(tmp_path):
    """A script, the file beside it, and a package that holds the same."""
    for place in (tmp_path, tmp_path / "package"):
        place.mkdir(exist_ok=True)
        (place / "train.py").write_text(TRAIN)
    (tmp_path / "beside.py").write_text(
        "import random\n\ndef offset():\n    return random.uniform(-0.01, 0.01)\n"
    )
    (tmp_path / "package" / "__init__.py").write_text("")
    return tmp_path


def test_returns_are_bit_equal_with_and_without_the_launcher(folder):
    """Returns, weights, later draws, ``__main__``, arguments and the exit code are the same."""
    arguments = ["--seed", "7"]
    plain = output([str(folder / "train.py"), *arguments], folder)
    launched = output(
        ["-c", LAUNCHER.format(target=str(folder / "train.py"), module=False), *arguments], folder
    )
    assert plain[0] == 3
    assert launched == plain


def test_a_module_is_launched_as_python_does(folder):
    """The same for ``python -m package.train``."""
    plain = output(["-m", "package.train", "--seed", "7"], folder)
    launched = output(["-c", LAUNCHER.format(target="package.train", module=True), "--seed", "7"], folder)
    assert launched == plain


def test_a_missing_script_is_said_before_anything_runs(tmp_path):
    """The message names the file or the module."""
    with pytest.raises(LaunchError, match="no such file"):
        _ = Launch(str(tmp_path / "none.py")).path
    with pytest.raises(LaunchError, match="no module of this name"):
        _ = Launch("no_such_module_anywhere", is_module=True).path


@pytest.mark.parametrize(
    ("line", "api"),
    [
        ("real = infos['final_observation'][i]", "0.29"),
        ("for one in infos['final_info']: pass", "0.29"),
        ("real = infos['final_observation'][i] if 'final_observation' in infos else None", "1.0"),
        ("real = infos.get('final_observation')", "1.0"),
        ("real = infos['final_obs'][i]", "1.0"),
    ],
)
@pytest.mark.parametrize("where", ["train", "loop"])
def test_a_script_that_cannot_run_with_gymnasium_1_is_recognised(tmp_path, line, api, where):
    """By what it reads without a look whether it is there, in its own file or in one beside it."""
    text = {"train": "import loop\n", "loop": "x = 1\n"}
    text[where] += f"def f(infos, i):\n    {line}\n"
    for name, source in text.items():
        (tmp_path / f"{name}.py").write_text(source)
    assert vector_api_of(Launch(str(tmp_path / "train.py"))) == api


MODULE = """
import gymnasium as gym
import numpy as np
from package.settings import ALPHA

env, gamma = gym.make("FrozenLake-v1"), 0.99
q, rng = np.zeros((16, 4)), np.random.default_rng(0)
for episode in range(20_000):
    (s, _), done = env.reset(), False
    while not done:
        s2, r, terminated, truncated, _ = env.step(a := int(rng.integers(4)))
        done = terminated or truncated
        q[s, a] += ALPHA * (r + gamma * q[s2].max() * (not terminated) - q[s, a])
        s = s2
"""


def test_a_module_is_diagnosed_from_the_command_line(tmp_path, monkeypatch, capsys):
    """``rlprobe diagnose -m package.train``; the report and the commands in it name the module."""
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "settings.py").write_text("ALPHA = 0.1\n")
    (package / "train.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    words = ["diagnose", "-m", "package.train", "--only", "Constant", "--jobs", "1", "--no-progress"]
    assert main([*words, "--json", "report.json"]) == 0
    assert "package.train: healthy" in capsys.readouterr().out
    assert json.loads((tmp_path / "report.json").read_text())["agent"] == "package.train"
