"""A real window under a virtual display, driven by real key events."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time

import gymnasium as gym
import numpy as np
import pytest

import rlprobe
from rlprobe import AgentView
from rlprobe.environments.clock import decision_rate
from rlprobe.player.default_game import default_game
from rlprobe.player.game import Game
from rlprobe.player.keys.keymap import default_keys
from rlprobe.player.screen import Screen

pytestmark = [
    pytest.mark.window,
    pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs Xvfb"),
]
KEYS = ["Right", "Right", "Left", "n", "Right"]
SCRIPT = ["right", "right", "left", "", "right"]


@pytest.fixture
def screen():
    """A virtual display of our own; yields the variables that lead to it."""
    read, write = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(write),
        "-screen",
        "0",
        "1280x1024x24",
        "-nolisten",
        "tcp",
        "-noreset",
    ]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    unset = {"SDL_VIDEODRIVER", "WAYLAND_DISPLAY"}
    yield {k: v for k, v in os.environ.items() if k not in unset} | {"DISPLAY": f":{number}"}
    server.terminate()
    server.wait()


def until(condition, seconds=30):
    """Wait for a condition; what it returned at last."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def ask(env, *command):
    """The output of a command on the display."""
    return subprocess.run(command, env=env, capture_output=True, check=False).stdout


def whole(env):
    """The display as an array."""
    grab = ["-f", "x11grab", "-draw_mouse", "0", "-video_size", "1280x1024", "-i", env["DISPLAY"]]
    data = ask(
        env, "ffmpeg", "-v", "error", *grab, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"
    )
    return np.frombuffer(data, np.uint8).reshape(1024, 1280, 3)


def corner(env, shape):
    """The left top corner of the display."""
    return whole(env)[: shape[0], : shape[1]]


def photograph(env, shape):
    """The middle of the display, where a window of this shape opens."""
    root = whole(env)
    top, left = (root.shape[0] - shape[0]) // 2, (root.shape[1] - shape[1]) // 2
    return root[top : top + shape[0], left : left + shape[1]]


@contextlib.contextmanager
def started(command, env):
    """A process that does not outlive the test."""
    game = subprocess.Popen(command, env=env, stdout=subprocess.PIPE)
    try:
        yield game
    finally:
        game.kill()
        game.communicate()


def expected_picture():
    """What the screen must show after the keys, drawn without any window."""
    env = AgentView(default_game())
    keymap = default_keys(env)
    game, action = Game(env, 3, keep=False), None
    for held in SCRIPT:
        action = keymap.action([key for key in [held] if key])
        game.decide(action)
    picture = Screen(env, keymap, decision_rate(env)).draw(game, action, note="STEP BY STEP")
    env.close()
    return picture


def test_real_keys_move_a_real_window(screen, tmp_path):
    """Key events give the trajectory of the same script, and the window shows exactly the drawn picture."""
    save = tmp_path / "window.npz"
    command = ["-m", "rlprobe.play", "--preprocessed", "--step", "--seed", "3", "--save", str(save)]
    with started([sys.executable, *command], screen) as game:
        assert until(lambda: photograph(screen, (100, 100, 3)).any())
        ask(screen, "xdotool", "mousemove", "640", "512")
        time.sleep(0.5)
        for key in KEYS:
            ask(screen, "xdotool", "key", "--delay", "60", key)
            time.sleep(0.25)
        expected = expected_picture()
        same = until(lambda: np.array_equal(photograph(screen, expected.shape), expected), 5)
        shown = photograph(screen, expected.shape)
        ask(screen, "xdotool", "key", "Escape")
        out, _ = game.communicate(timeout=30)
    assert same, f"{(shown != expected).any(axis=2).sum()} pixels differ"
    assert game.returncode == 0, out
    rlprobe.play(script=SCRIPT, seed=3, save=tmp_path / "script.npz")
    by_key, by_script = np.load(save), np.load(tmp_path / "script.npz")
    assert by_key["actions"].tolist() == [1, 1, 0, 0, 1]
    assert all(np.array_equal(by_key[name], by_script[name]) for name in by_script)


def test_display_that_does_not_answer_is_named(tmp_path):
    """A DISPLAY on which nothing runs ends with 2 and the variable's name."""
    env = {k: v for k, v in os.environ.items() if k not in {"SDL_VIDEODRIVER", "WAYLAND_DISPLAY"}}
    command = [sys.executable, "-m", "rlprobe.play", "--preprocessed"]
    done = subprocess.run(command, env=env | {"DISPLAY": ":987"}, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "set DISPLAY" in done.stderr


def test_window_made_larger_shows_more_of_the_same(screen):
    """After a resize the window holds the same game drawn for its new size, and F1 lays the help over it."""
    command = [sys.executable, "-m", "rlprobe.play", "CartPole-v1", "--both", "--step", "--seed", "3"]
    with started(command, screen) as game:
        assert until(lambda: photograph(screen, (100, 100, 3)).any())
        ask(screen, "xdotool", "mousemove", "640", "512")
        name = ask(screen, "xdotool", "getmouselocation").decode().split("window:")[1].strip()
        ask(screen, "xdotool", "windowmove", name, "0", "0", "windowsize", name, "1200", "900")
        env = AgentView(gym.make("CartPole-v1", render_mode="rgb_array"))
        drawn, keymap = Game(env, 3, keep=False), default_keys(env)
        expected = Screen(env, keymap, decision_rate(env), camera=True)
        expected.fit((1200, 900))
        for manual, note in ((False, "STEP BY STEP"), (True, "HELP")):
            page = expected.draw(drawn, note=note, manual=manual)
            same = until(lambda page=page: np.array_equal(corner(screen, page.shape), page), 5)
            assert same, f"help {manual}: {(corner(screen, page.shape) != page).any(axis=2).sum()} differ"
            ask(screen, "xdotool", "mousemove", "600", "450", "key", "F1")
        ask(screen, "xdotool", "key", "F1", "key", "Escape")
        game.communicate(timeout=30)
        env.close()
    assert game.returncode == 0
