"""Keys for every action space, checked before the game starts."""

from __future__ import annotations

import json
import re

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from rlprobe.player.keys.controls import Controls
from rlprobe.player.keys.key_names import CONTROLS
from rlprobe.player.keys.keymap import default_keys
from rlprobe.player.keys.noop import noop_for
from rlprobe.player.keys.own_keys import own_keys, read_keys
from rlprobe.player.script import decisions


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


K_LEFT, K_RIGHT, K_UP = 1073741904, 1073741903, 1073741906  # pygame's codes


def named(table, space=None):
    """The keys of an environment that names them itself."""
    env = Space(spaces.Discrete(4) if space is None else space)
    env.get_keys_to_action = lambda: table
    return default_keys(env)


@pytest.mark.parametrize(
    ("table", "held", "action"),
    [
        ({(K_LEFT,): 1, (K_RIGHT,): 2}, ["left"], 1),
        ({(276,): 1, (275,): 2, (275, 276): 0}, ["right"], 2),
        ({(K_LEFT, K_UP): 3}, ["up", "left"], 3),
        ({K_UP: 1}, ["up"], 1),
        ({"wa": 2}, ["w", "a"], 2),
        ({"w ": 2}, ["space", "w"], 2),
        ({"w": 2}, ["w"], 2),
        ({ord("w"): 2}, ["w"], 2),
        ({(ord("w"), " "): 2}, ["w", "space"], 2),
        ({("UP",): 1, ("Z",): 2}, ["up"], 1),
        ({("UP",): 1, ("Z",): 2}, ["z"], 2),
        ({"K_SPACE": 1}, ["space"], 1),
        ({"ArrowLeft": 1}, ["left"], 1),
        ({"left+up": 3}, ["left", "up"], 3),
        ({("LSHIFT", "w"): 3}, ["left-shift", "w"], 3),
        ({1073742049: 1}, ["left-shift"], 1),
        ({13: 1}, ["return"], 1),
        ({("w",): np.int64(2)}, ["w"], 2),
        ({("w",): np.array(2)}, ["w"], 2),
        ({("w",): 2, (): 3}, [], 3),
        ({("w",): 2, None: 1}, [], 1),
    ],
)
def test_every_form_of_gymnasiums_play_is_taken(table, held, action):
    """Codes, characters, texts of several keys, tuples, names in any case: and pygame's."""
    keymap = named(table)
    assert keymap.action(held) == action
    assert keymap.notes == ()


@pytest.mark.parametrize(
    ("space", "value"),
    [
        (spaces.MultiDiscrete([3, 2]), np.array([1, 0])),
        (spaces.Box(-1, 1, (3,), np.float32), np.array([0, 0.7, 0])),
        (spaces.MultiBinary(3), [1, 0, 1]),
        (spaces.Tuple([spaces.Discrete(3), spaces.Box(-1, 1, (1,))]), (2, [0.5])),
        (spaces.Dict(a=spaces.Discrete(3)), {"a": 1}),
    ],
)
def test_maps_of_any_space_are_used(space, value):
    """The environment's own keys count for every action space, as whole actions."""
    keymap = named({"w": value, "s": value}, space)
    assert keymap.keys == {"w", "s"}
    action = keymap.action(["w"])
    assert space.contains(action)
    assert not keymap.notes


def test_a_clash_with_a_key_of_the_game_costs_that_key_only():
    """The rest of the map is kept, the clash is said, and the action gets a key that is free."""
    keymap = named({("a",): 0, ("d",): 1, ("p",): 2, ("r",): 1})
    assert [keymap.action([key]) for key in "ad"] == [0, 1]
    assert keymap.action(["0"]) == 2
    assert keymap.notes == (
        "the key 'p' means 'pause' here: its action 2 is on '0'",
        "the key 'r' means 'restart' here: its action 1 is on other keys",
    )
    assert "(the key 'p' means 'pause' here" in keymap.legend()


@pytest.mark.parametrize(
    ("table", "note"),
    [
        ({("a",): 0, ("b",): 9}, "action 9 of key .* lies outside"),
        ({("a",): 0, ("nosuchkey",): 1}, "unknown key 'nosuchkey'"),
        ({("a",): 0, (2**29,): 1}, "unknown key"),
        (None, "cannot be used"),
        ([("a", 0)], "cannot be used"),
    ],
)
def test_what_cannot_be_used_of_a_map_is_said(table, note):
    """A wrong entry costs that entry; no map at all falls back to the default keys."""
    keymap = named(table)
    assert keymap.action(["a" if isinstance(table, dict) else "left"]) == 0
    assert any(re.search(note, said) for said in keymap.notes)


@pytest.mark.parametrize(
    ("space", "without"),
    [
        (spaces.Box(-1, 1, (17,)), 0),
        (spaces.Box(-1, 1, (18,)), 0),
        (spaces.Box(-1, 1, (40,)), 22),
        (spaces.Discrete(33), 0),
        (spaces.Discrete(50), 17),
        (spaces.MultiBinary(60), 27),
    ],
)
def test_what_has_no_key_is_said(space, without):
    """Beyond what a keyboard has, the map says what has no key and how to give some."""
    notes = default_keys(Space(space)).notes
    if not without:
        assert notes == ()
    else:
        assert notes[0].startswith(f"{without} of the actions have no key: ")
        assert "--keys FILE" in notes[0]


def test_play_says_what_has_no_key():
    """The game begins with a warning where some actions have no key."""
    import rlprobe

    class Wide(gym.Env):
        action_space, observation_space = spaces.Discrete(50), spaces.Box(-1, 1, (2,), np.float32)

        def reset(self, *, seed=None, options=None):
            super().reset(seed=seed)
            return np.zeros(2, np.float32), {}

        def step(self, action):
            return np.zeros(2, np.float32), 0.0, True, False, {}

    with pytest.warns(UserWarning, match="17 of the actions have no key"):
        rlprobe.play(Wide(), script=["0"], seed=0)


def test_gymnasiums_forms_in_a_table_of_ones_own():
    """play(keys=...) takes what Gymnasium's play takes as keys_to_action."""
    table = {"wa": [0.0, 1.0], ("s",): np.array([0.5, 0]), K_LEFT: [-1, 0], (): [0.25, 0.25]}
    keymap = own_keys(Space(spaces.Box(-1, 1, (2,))), table)
    assert keymap.action(["w", "a"]).tolist() == [0, 1]
    assert keymap.action(["left"]).tolist() == [-1, 0]
    assert keymap.action([]).tolist() == [0.25, 0.25]


def test_scripts_take_names_in_any_case_and_refuse_unknown_fields():
    """A field that nobody reads, such as "hold", is an error with the fields that there are."""
    keymap = default_keys(gym.make("CartPole-v1"))
    assert decisions(["LEFT", {"keys": ["Right"], "times": 2}], keymap) == [["left"], ["right"], ["right"]]
    for entry in ({"keys": "left", "hold": 3}, {"key": "left"}, {"times": 3, "Keys": "left"}):
        with pytest.raises(ValueError, match=r"unknown field.*fields are keys and times"):
            decisions([entry], keymap)
    with pytest.raises(ValueError, match="script entry 0"):
        decisions([{"keys": "left", "times": True}], keymap)


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
