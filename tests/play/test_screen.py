"""What stands on the screen of a game, whatever the environment and the size of the window."""

from __future__ import annotations

from fractions import Fraction

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

from rlprobe import AgentView
from rlprobe.player.default_game import default_game
from rlprobe.player.game import Game
from rlprobe.player.keys.keymap import default_keys
from rlprobe.player.screen import Screen
from rlprobe.player.screen.hints import hints
from rlprobe.player.screen.meanings import action_names
from rlprobe.player.screen.rewards import flash
from rlprobe.player.screen.screen import LAPTOP
from rlprobe.view import text
from rlprobe.view.canvas import ALARM, GOOD


class Numbers(gym.Env):
    """Shows one vector of a given size and pays given rewards; the last of them ends the episode."""

    metadata = {"render_modes": [], "render_fps": 10}  # noqa: RUF012 - as Gymnasium has it

    def __init__(self, size=3, rewards=(0.0,), action=None, *, truncated=False):
        self.observation_space = spaces.Box(-np.inf, np.inf, (size,))
        self.action_space = action or spaces.Discrete(2)
        self._rewards, self._truncated = rewards, truncated

    def reset(self, *, seed=None, options=None):  # noqa: D102
        super().reset(seed=seed)
        self._left = list(self._rewards)
        return self.np_random.normal(size=self.observation_space.shape).astype(np.float32), {}

    def step(self, action):  # noqa: D102
        reward, over = self._left.pop(0), not self._left
        observation = self.np_random.normal(size=self.observation_space.shape).astype(np.float32)
        return observation, reward, over and not self._truncated, over and self._truncated, {}


def begun(env, *, camera=False, decisions=2):
    """A screen and its game after some decisions."""
    view = AgentView(env)
    game = Game(view, 3, keep=False)
    env.action_space.seed(1)
    for _ in range(decisions):
        game.decide(env.action_space.sample())
    return Screen(view, default_keys(env), Fraction(10), camera=camera), game


def places(page, part):
    """Left top corners at which ``part`` stands in ``page``, pixel for pixel."""
    row = max(range(part.shape[0]), key=lambda y: np.unique(part[y], axis=0).shape[0])
    wanted, found = part[row].tobytes(), []
    for y in range(page.shape[0] - part.shape[0] + 1):
        line = page[y + row].tobytes()
        x = line.find(wanted)
        while x >= 0:
            left = x // 3
            if x % 3 == 0 and np.array_equal(page[y : y + part.shape[0], left : left + part.shape[1]], part):
                found.append((left, y))
            x = line.find(wanted, x + 1)
    return found


@pytest.fixture
def said(monkeypatch):
    """Everything that was written on pictures since the last call."""
    words, draw = [], text.coverage
    monkeypatch.setattr(text, "coverage", lambda line, size=13: (words.append(line), draw(line, size))[1])

    def since():
        found = list(words)
        words.clear()
        return found

    return since


def pixels():
    """CartPole from pixels, with a camera."""
    return default_game()


MAKERS = {
    "pixels": pixels,
    "cartpole": lambda: gym.make("CartPole-v1", render_mode="rgb_array"),
    "pendulum": lambda: gym.make("Pendulum-v1", render_mode="rgb_array"),
    "grid of 500": lambda: gym.make("Taxi-v4", render_mode="rgb_array"),
    "60 numbers": lambda: Numbers(60, [0.0] * 9),
    "400 numbers": lambda: Numbers(400, [0.0] * 9),
}


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("camera", [False, True])
def test_first_window_fits_a_laptop_and_shows_everything(name, camera):
    """The first window fits 1366 by 768, and the observation and the camera stand whole in it."""
    env = MAKERS[name]()
    screen, game = begun(env, camera=camera)
    page = screen.draw(game)
    assert page.shape[1] <= LAPTOP[0] < 1366
    assert page.shape[0] <= LAPTOP[1] < 768
    seen = places(page, game.env.pane.draw())
    assert len(seen) == 1
    if screen.camera:
        [(x, _)] = places(page, screen._stage._parts()[0])
        assert x < seen[0][0]
    env.close()


@pytest.mark.parametrize("size", [(1000, 700), (1366, 700), (1920, 1000), (600, 900), (480, 320)])
@pytest.mark.parametrize("name", ["pixels", "pendulum"])
def test_picture_has_the_size_of_the_window(name, size):
    """At any size of the window the picture fills it exactly, at every step."""
    env = MAKERS[name]()
    screen, game = begun(env, camera=True)
    screen.fit(size)
    for _ in range(2):
        assert screen.draw(game, env.action_space.sample()).shape == (size[1], size[0], 3)
    env.close()


def test_pixels_stay_whole_when_the_window_grows():
    """A larger window enlarges the agent's pixels by a larger whole number."""
    env = default_game()
    screen, game = begun(env)
    zooms = []
    for size in ((700, 400), (1300, 700), (1900, 1000)):
        screen.fit(size)
        page = screen.draw(game)
        zooms.append(game.env.pane.zoom)
        assert places(page, game.env.pane.draw())
    assert zooms == sorted(set(zooms))
    env.close()


def test_no_half_of_the_window_is_empty():
    """With the camera shown, both halves of the pictures' place hold something."""
    env = default_game()
    screen, game = begun(env, camera=True)
    page = screen.draw(game)
    middle = page[100 : page.shape[0] - 110]
    drawn = (middle != middle[0, 0]).any(axis=2)
    half = page.shape[1] // 2
    assert drawn[:, :half].mean() > 0.5
    assert drawn[:, half:].mean() > 0.4
    assert drawn[middle.shape[0] // 2 :].mean() > 0.4
    env.close()


def test_camera_can_be_shown_and_hidden():
    """F2 adds and removes the camera; the window keeps its size."""
    env = MAKERS["cartpole"]()
    screen, game = begun(env)
    screen.fit((1100, 640))
    alone = screen.draw(game)
    screen.show_camera(shown=True)
    both = screen.draw(game)
    screen.show_camera(shown=False)
    assert both.shape == alone.shape
    assert not np.array_equal(both, alone)
    assert np.array_equal(screen.draw(game), alone)
    env.close()


@pytest.mark.parametrize(("truncated", "word"), [(False, "terminated"), (True, "truncated")])
def test_end_says_how_the_episode_ended(said, truncated, word):
    """EPISODE OVER names terminated or truncated, with return and steps."""
    screen, game = begun(Numbers(rewards=(1.0, 2.0), truncated=truncated))
    screen.draw(game)
    words = said()
    assert f"EPISODE OVER: {word}" in words
    assert "return 3 in 2 steps" in words


REWARDS = {
    "the same at every step": ([1.0] * 30, None),
    "a point after many zeros": ([0.0] * 29 + [1.0], True),
    "a point lost": ([0.0] * 29 + [-1.0], False),
    "a point some steps ago": ([0.0] * 27 + [1.0, 0.0, 0.0], True),
    "a point long ago": ([0.0] * 15 + [1.0] + [0.0] * 14, None),
    "a crash": ([*np.linspace(-1, 1, 29), -100.0], False),
    "small differences": (list(np.linspace(-1, 1, 30)), None),
    "nothing yet": ([], None),
}


@pytest.mark.parametrize("name", REWARDS)
def test_only_unusual_rewards_flash(name):
    """A reward far from what the game usually pays flashes for 0.4 s, green if high and red if low."""
    rewards, high = REWARDS[name]
    screen, game = begun(Numbers(rewards=[*rewards, 0.0]), decisions=len(rewards))
    found, page = flash(game, 10), screen.draw(game)
    assert (found.high if found else None) == high
    counts = [int((page == colour).all(axis=2).sum()) for colour in (GOOD, ALARM)]
    assert [count > 1000 for count in counts] == [high is True, high is False]


def words_of(env):
    """Keys and words of every hint."""
    return [(hint.keys, hint.words) for hint in hints(default_keys(env), env, action_names(env))]


def test_keys_of_one_meaning_stand_together():
    """The arrow and the digit of a choice share one hint, which says what the choice means."""
    assert words_of(gym.make("CartPole-v1")) == [
        ((("left",), ("0",)), "push left"),
        ((("right",), ("1",)), "push right"),
    ]


def test_two_keys_of_a_number_are_a_pair():
    """A continuous action has one hint per component, with what each of the keys asks for."""
    assert words_of(gym.make("Pendulum-v1")) == [((("left",), ("right",)), "torque -2 / 2")]


def test_names_of_actions_end_where_a_wrapper_changes_them():
    """Behind a wrapper with other actions no name is shown, because it could be the wrong one."""
    env = gym.wrappers.TransformAction(gym.make("CartPole-v1"), lambda a: 1 - a, spaces.Discrete(2, start=5))
    assert action_names(env) == ()
    assert [words for _, words in words_of(env)] == ["action 5", "action 6"]


def test_environment_may_name_its_actions():
    """``action_names`` of the bare environment is used where its length fits."""
    env = Numbers()
    env.action_names = ("wait", "jump")
    assert action_names(env) == ("wait", "jump")
    env.action_names = ("wait",)
    assert action_names(env) == ()


def test_help_lists_every_key(said):
    """F1 shows all keys, those too that the footer has no room for."""
    screen, game = begun(Numbers(action=spaces.Discrete(36), rewards=[0.0] * 5))
    screen.fit(LAPTOP)
    screen.draw(game)
    footer = said()
    assert any("more: F1" in line for line in footer)
    screen.draw(game, manual=True)
    listed = said()
    assert {f"action {i}" for i in range(30)} <= set(listed) | set(footer)
    assert any("Terminated" in line for line in listed)


def test_no_key_cap_is_cut(monkeypatch):
    """Where not all keys have room, the number of the others stands beside the last whole cap."""
    env = Numbers(action=spaces.Discrete(36), rewards=[0.0] * 5)
    screen, game = begun(env)
    for width in range(600, 1300, 50):
        screen.fit((width, 500))
        whole = screen.draw(game)
        monkeypatch.setattr("rlprobe.player.screen.screen._more", lambda row, hidden: None)
        without = screen.draw(game)
        monkeypatch.undo()
        changed = (whole != without).any(axis=2)
        assert changed.any()
        left = np.flatnonzero(changed.any(axis=0)).min()
        rows = np.flatnonzero(changed.any(axis=1))
        ground = without[rows.min() : rows.max() + 1, left:]
        assert (ground == ground[0, -1]).all()


def test_taken_action_lights_its_key():
    """After a decision the cap of its action is bright, and no other one."""
    env = gym.make("CartPole-v1")
    screen, game = begun(env)
    pages = [screen.draw(game, action)[-90:].astype(int) for action in (None, 0, 1)]
    changed = [np.flatnonzero((page != pages[0]).any(axis=(0, 2))) for page in pages[1:]]
    assert changed[0].max() < changed[1].min()
