"""Wrappers in scripts: those of Gymnasium below 1.0, and those that normalise by running statistics."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import wrappers
from gymnasium.error import DeprecatedEnv, NameNotFound, VersionNotFound

from rlprobe.scripts.inside.making.running_statistics import leave_out
from rlprobe.scripts.inside.making.versions import made
from rlprobe.scripts.inside.older.gym import unpacks_four
from rlprobe.scripts.inside.older.wrappers import install


@pytest.fixture
def notes():
    """The old wrappers, and what was noted of them."""
    said, before = [], [(module, dict(vars(module))) for module in (wrappers, wrappers.vector)]
    install(said.append)
    yield said
    for module, names in before:
        vars(module).clear()
        vars(module).update(names)


def test_wrappers_have_their_old_names_and_arguments(notes):
    """``FrameStack(env, num_stack=4)`` stacks, and the report will say how it is called now."""
    env = wrappers.FrameStack(gym.make("probe/Decoder-v0"), num_stack=4)
    assert env.reset(seed=0)[0].shape[0] == 4
    assert notes == ["gymnasium.wrappers.FrameStack is called FrameStackObservation since Gymnasium 1.0"]


def test_an_observation_is_transformed_without_a_new_space(notes):
    """The space stays that of the environment below; with a space nothing is noted."""
    plain = gym.make("probe/Decoder-v0")
    env = wrappers.TransformObservation(plain, lambda obs: np.clip(obs, -10, 10))
    assert env.observation_space == plain.observation_space
    assert len(notes) == 1
    wrappers.TransformObservation(plain, lambda obs: obs, plain.observation_space)
    assert len(notes) == 1


def test_a_picture_is_resized_to_one_number(notes):
    """``ResizeObservation(env, 84)`` makes squares; nothing is to be said about it."""
    pytest.importorskip("cv2")
    env = wrappers.ResizeObservation(gym.make("probe/Decoder-v0", encoding="image"), 84)
    assert env.reset(seed=0)[0].shape == (84, 84, 3)
    assert notes == []


def test_running_statistics_are_left_out(notes):
    """Observations and rewards stay those of the probe, and the statistics stay readable."""
    leave_out(notes.append)
    plain, env = (gym.make("probe/Decoder-v0") for _ in range(2))
    env = wrappers.NormalizeReward(wrappers.NormalizeObservation(env), gamma=0.9)
    assert np.array_equal(plain.reset(seed=0)[0], env.reset(seed=0)[0])
    for _ in range(3):
        (seen, paid, *_), (same, as_much, *_) = plain.step(0), env.step(0)
        assert np.array_equal(seen, same)
        assert paid == as_much
    assert env.return_rms.var == 1.0
    assert [note.split()[0] for note in notes] == ["NormalizeObservation", "NormalizeReward"]


@pytest.mark.parametrize("error", [ImportError("moved"), VersionNotFound("none"), DeprecatedEnv("old")])
def test_the_newest_version_stands_for_one_that_is_gone(error):
    """However Gymnasium says that it has not this version; one that it has is not replaced."""
    said = []

    def make(name):
        if name != "CartPole-v1":
            raise error
        return name

    assert made(make, "CartPole-v0", said.append) == "CartPole-v1"
    assert said == [f"CartPole-v0 is not in Gymnasium {gym.__version__}: CartPole-v1 has given its spaces"]
    with pytest.raises(type(error)):
        made(lambda _: make(""), "CartPole-v1", said.append)


def test_atari_games_are_there_although_nothing_registers_them():
    """Scripts for earlier versions do not import ``ale_py``."""
    pytest.importorskip("ale_py")
    said, missing = [], [NameNotFound("no such game")]

    def make(name):
        if missing:
            raise missing.pop()
        return name

    assert made(make, "PongNoFrameskip-v4", said.append) == "PongNoFrameskip-v4"
    assert "import ale_py" in said[0]
    missing.append(NameNotFound("no such game"))
    with pytest.raises(NameNotFound):
        made(make, "NoSuchGame-v4", said.append)


@pytest.mark.parametrize(
    ("source", "old"),
    [
        ("s, r, done, info = env.step(a)", True),
        ("s, r, terminated, truncated, info = env.step(a)", False),
        ("if NEW:\n    s, r, te, tr, _ = env.step(a)\nelse:\n    s, r, done, _ = env.step(a)", False),
        ("s, r, done, *rest = env.step(a)", False),
    ],
)
def test_only_scripts_that_know_no_other_way_get_four_values(source, old):
    """A script for both libraries has a branch for each."""
    assert unpacks_four(source.encode()) is old
