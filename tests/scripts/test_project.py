"""A script of a project: its own files lie in other folders, and are found from wherever it is started."""

from __future__ import annotations

import pytest

from rlprobe.cli import main
from rlprobe.scripts.inside.sources import imported_names, own_files
from rlprobe.scripts.launch import Launch

TRAIN = """
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from src.loop import learn

os.makedirs("../results", exist_ok=True)
os.chdir("..")
learn()
"""
LOOP = """
import os
from pathlib import Path

import gymnasium as gym

from .tables.table import make, HERE
from . import rates

GAMMA = 0.99
Path(__file__).with_name("log.txt").write_text("")
(HERE / "saved.txt").write_text((HERE / "text.txt").read_text())


def learn():
    env = gym.make("FrozenLake-v1")
    Q = make(env)
    while True:
        s, over = env.reset()[0], False
        while not over:
            a = env.action_space.sample()
            after, reward, terminated, truncated, _ = env.step(a)
            over = terminated or truncated
            Q[s, a] += rates.ALPHA * (reward + GAMMA * Q[after].max() * (not terminated) - Q[s, a])
            s = after
"""
TABLE = """
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def make(env):
    return np.zeros((env.observation_space.n, env.action_space.n))
"""


@pytest.fixture
def project(tmp_path):
    """A project with the script in one folder, and a package in another."""
    files = {
        "scripts/train.py": TRAIN,
        "src/__init__.py": "",
        "src/loop.py": LOOP,
        "src/rates.py": "ALPHA = 0.1\n",
        "src/unused.py": "import torch\n",
        "src/tables/__init__.py": "",
        "src/tables/table.py": TABLE,
        "src/tables/text.txt": "some text",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def files_of(project):
    """The names of all files of the project."""
    return sorted(str(path.relative_to(project)) for path in project.rglob("*") if path.is_file())


def test_the_files_of_a_project_are_found(project):
    """By absolute and relative imports; other files and libraries are not the script's."""
    script = Launch(str(project / "scripts" / "train.py"), start=str(project))
    names = [str(path.relative_to(project)) for path in own_files(script)]
    assert names[0] == "scripts/train.py"
    assert sorted(names[1:]) == [
        "src/__init__.py", "src/loop.py", "src/rates.py", "src/tables/__init__.py", "src/tables/table.py",
    ]  # fmt: skip
    assert {"gymnasium", "numpy", "pathlib"} <= imported_names(script)
    assert "torch" not in imported_names(script)
    assert not script.owns(pytest.__file__)


@pytest.mark.parametrize("start", [".", "scripts", "src/tables"])
def test_a_project_is_diagnosed_from_wherever_it_is_started(project, monkeypatch, capsys, start):
    """Its rates and its discount are changed in its other files, and what it writes is gone afterwards."""
    before = files_of(project)
    monkeypatch.chdir(project / start)
    script = str(project / "scripts" / "train.py")
    args = ["diagnose", script, "--only", "Decoder", "--jobs", "1", "--seeds", "1", "--no-progress"]
    assert main(args) in {0, 3}
    said = capsys.readouterr()
    assert "GAMMA 0.99 -> 0.9 (loop.py:" in said.out.replace("\n  ", " "), said
    assert "ok    Decoder" in said.out
    assert files_of(project) == before
