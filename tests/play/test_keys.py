"""Keys for every action space, checked before the game starts."""

from __future__ import annotations

import json

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from rlprobe.player.keys.controls import Controls
from rlprobe.player.keys.keymap import CONTROLS, default_keys
from rlprobe.player.keys.noop import noop_for
from rlprobe.player.keys.own_keys import own_keys, read_keys


class Space(gym.Env):
    """An environment of which only the action space matters."""

    def __init__(self, space):
        self.action_space = space
        self.observation_space = spaces.Discrete(2)


ACTION_SPACES = [
    spaces.Discrete(2),
    spaces.Discrete(4, start=2),
    spaces.Discrete(30),
    spaces.Box(-1, 1, (3,)),
    spaces.Box(np.array([0.5, -2.0], np.float32), np.array([1.0, 2.0], np.float32)),
    spaces.Box(-np.inf, np.inf, (2,)),
    spaces.Box(-1, 1, (17,)),
    spaces.Box(-1, 1, (2, 2)),
    spaces.MultiBinary(4),
    spaces.MultiDiscrete([3, 2, 5]),
    spaces.MultiDiscrete([3, 2], start=[2, 1]),
    spaces.Dict(move=spaces.Box(-1, 1, (2,)), jump=spaces.Discrete(2)),
    spaces.Tuple([spaces.Discrete(3), spaces.MultiBinary(2)]),
]


@pytest.mark.parametrize("space", ACTION_SPACES, ids=str)
def test_every_key_gives_an_action_of_the_space(space):
    """No key, every single key and all keys at once are actions of the space; no key serves the game too."""
    keymap = default_keys(Space(space))
    assert space.contains(keymap.action([]))
    assert all(space.contains(keymap.action(list(b.keys))) for b in keymap.bindings)
    assert space.contains(keymap.action(sorted(keymap.keys)))
    assert not keymap.keys & set(CONTROLS)


@pytest.mark.parametrize(
    "space", [spaces.Discrete(4, start=2), spaces.Discrete(30), spaces.Discrete(2)], ids=str
)
def test_every_choice_has_a_key(space):
    """Each action of a Discrete space can be chosen, from its start on."""
    keymap = default_keys(Space(space))
    reached = {keymap.action([key]) for key in keymap.keys}
    assert reached == set(range(int(space.start), int(space.start + space.n)))


def test_arrows_and_digits_choose():
    """CartPole is pushed left and right by arrows and by 0 and 1."""
    keymap = default_keys(gym.make("CartPole-v1"))
    assert [keymap.action([k]) for k in ("left", "right", "0", "1")] == [0, 1, 0, 1]


def test_last_pressed_choice_wins():
    """With two choices held, the one pressed last is taken."""
    keymap = default_keys(gym.make("CartPole-v1"))
    assert keymap.action(["left", "right"]) == 1
    assert keymap.action(["right", "left"]) == 0


@pytest.mark.parametrize("strength", [0.25, 1.0])
def test_held_keys_ask_for_their_share_of_the_range(strength):
    """Each dimension of a Box has a pair of keys that go the chosen share of the way to the bound."""
    keymap = default_keys(Space(spaces.Box(-2, 2, (2,))), strength)
    assert np.allclose(keymap.action(["left", "up"]), [-2 * strength, 2 * strength])
    assert np.allclose(keymap.action([]), [0, 0])
    assert f"[0]={-2 * strength:.3g}" in keymap.legend()


def test_idle_action_is_zero_within_the_bounds_or_the_environments_own():
    """Zero is clipped into the bounds, and an idle action that the environment names is used."""
    assert noop_for(Space(ACTION_SPACES[4])).tolist() == [0.5, 0.0]
    assert noop_for(Space(spaces.Discrete(3, start=5))) == 5
    assert noop_for(gym.make("MountainCar-v0")) == 1
    named = Space(spaces.Discrete(3))
    named.get_action_meanings = lambda: ["FIRE", "NOOP", "LEFT"]
    assert noop_for(named) == 1
    named.noop = 2
    assert noop_for(named) == 2


def test_gymnasiums_own_mapping_is_used():
    """An environment with get_keys_to_action is played with its keys, as characters or codes."""
    env = Space(spaces.Discrete(4))
    env.get_keys_to_action = lambda: {(): 0, ("w",): 1, (ord("d"),): 2, ("w", "d"): 3, (" ",): 1}
    keymap = default_keys(env)
    assert [keymap.action(k) for k in (["w"], ["d"], ["w", "d"], ["space"], [])] == [1, 2, 3, 1, 0]


def test_own_mapping_and_its_combinations():
    """Held combinations win over their parts, and lists become arrays of the space."""
    keymap = own_keys(gym.make("CartPole-v1"), {"a": 0, "b": 1, "a+b": 0, "noop": 1})
    assert [keymap.action(k) for k in (["a"], ["b"], ["a", "b"], [])] == [0, 1, 0, 1]
    action = own_keys(Space(spaces.Box(-1, 1, (2,))), {"space": [0.5, -1]}).action(["space"])
    assert action.dtype == np.float32
    assert action.tolist() == [0.5, -1.0]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"nosuch": 0}, "unknown key 'nosuch'"),
        ({"p": 0}, "means 'pause'"),
        ({"a": 7}, "action 7 of key 'a' lies outside"),
        ({"a": [0, 1]}, "lies outside"),
        ({"a": True}, "lies outside"),
        ({"noop": -1}, "key 'noop' lies outside"),
    ],
)
def test_wrong_mapping_is_refused(table, words):
    """A mapping that cannot be right is refused before the game starts."""
    with pytest.raises(ValueError, match=words):
        own_keys(gym.make("CartPole-v1"), table)


@pytest.mark.parametrize("text", ["[1, 2]", "{", None])
def test_unreadable_key_files_are_refused(tmp_path, text):
    """A missing file, broken JSON and JSON of another form are named."""
    path = tmp_path / "keys.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValueError, match=r"keys\.json"):
        read_keys(path)
    path.write_text(json.dumps({"a": 0}))
    assert read_keys(path) == {"a": 0}


def test_tap_between_decisions_counts_once():
    """A key pressed and released between two decisions acts at the next one only."""
    controls = Controls(frozenset({"a", "b"}), step=False)
    controls.press("a")
    controls.release("a")
    controls.press("b")
    assert [controls.take(), controls.take()] == [["a", "b"], ["b"]]


def test_control_keys():
    """Pause, single step, speed, restart and end do what the screen says."""
    controls = Controls(frozenset({"a"}), step=False)
    controls.press("p")
    assert controls.waiting
    controls.press("n")
    assert [controls.due_by_key(), controls.due_by_key()] == [True, False]
    controls.press("p")
    assert not controls.waiting
    for key, speed in [("=", 2), ("=", 4), ("=", 4), ("-", 2), ("-", 1), ("-", 0.5)]:
        controls.press(key)
        assert controls.speed == speed
    controls.press("r")
    controls.press("escape")
    assert (controls.restart, controls.ended) == (True, True)
