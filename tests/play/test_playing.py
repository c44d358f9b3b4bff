"""Games without a screen: by script, and live against a display and a clock of the test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction

import gymnasium as gym
import imageio_ffmpeg
import numpy as np
import pytest

import rlprobe
from rlprobe import AgentView, FrameSkip
from rlprobe.cli import main
from rlprobe.environments.clock import decision_rate
from rlprobe.player.default_game import default_game
from rlprobe.player.game import Game
from rlprobe.player.keys.controls import Controls
from rlprobe.player.keys.keymap import default_keys
from rlprobe.player.live import Live
from rlprobe.player.screen import Screen

SCRIPT = [
    "left",
    "right",
    {"keys": "right", "times": 3},
    "",
    ["left"],
    "restart",
    {"keys": "right", "times": 4},
]
HELD = [0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1]


def decoded(path, width, height):
    """All frames of a video as an array (frames, height, width, 3)."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", str(path)]
    raw = subprocess.run(
        [*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True, check=True
    )
    return np.frombuffer(raw.stdout, np.uint8).reshape(-1, height, width, 3)


def test_script_is_played_decision_by_decision():
    """Every entry of a script is one decision, and the trajectory is that of the same actions by hand."""
    result = rlprobe.play(gym.make("CartPole-v1"), script=SCRIPT, seed=4)
    assert [a for e in result.episodes for a in e.actions] == HELD
    env = gym.make("CartPole-v1")
    for episode in result.episodes:
        env.reset(seed=episode.seed)
        assert episode.rewards == [env.step(a)[1] for a in episode.actions]


def test_saved_trajectory_holds_what_happened(tmp_path):
    """The file has every observation, the terminal one too, and opens without pickle."""
    path = tmp_path / "t.npz"
    rlprobe.play(gym.make("CartPole-v1"), script=[{"keys": "right", "times": 30}], seed=4, save=path)
    data = np.load(path, allow_pickle=False)
    env = gym.make("CartPole-v1")
    for number, seed in enumerate(data["seeds"]):
        observations = [env.reset(seed=int(seed))[0]]
        steps = [env.step(int(a)) for a in data["actions"][data["episode"] == number]]
        observations += [step[0] for step in steps]
        assert np.array_equal(data["observations"][data["observation_episode"] == number], observations)
        assert [s[2] for s in steps] == data["terminated"][data["episode"] == number].tolist()
    assert len(data["seeds"]) > 2


def test_seed_fixes_the_series_and_not_one_start():
    """Under one seed the episodes start differently, and the whole series repeats."""
    first, second = (
        rlprobe.play(gym.make("CartPole-v1"), script=[{"keys": "right", "times": 40}], seed=1)
        for _ in range(2)
    )
    assert [e.actions for e in first.episodes] == [e.actions for e in second.episodes]
    seeds = [e.seed for e in first.episodes]
    assert len(set(seeds)) == len(seeds) > 2


@pytest.mark.parametrize("options", [{}, {"preprocessed": False}, {"both": True}])
def test_video_shows_the_chosen_view(tmp_path, options):
    """One picture per state: the screen with the observation, the raw render, or both."""
    env = gym.make("CartPole-v1", render_mode="rgb_array")
    path = tmp_path / "a.mp4"
    rlprobe.play(env, script=["left"] * 3, seed=4, video=path, **options)
    shown = env if options.get("preprocessed") is False else AgentView(env)
    game = Game(shown, 4, keep=False)
    screen = Screen(shown, default_keys(env), Fraction(50), camera=bool(options.get("both")))
    screen.draw(game)
    for _ in range(3):
        game.decide(0)
    full = screen.draw(game, 0)
    frames = decoded(path, full.shape[1] + full.shape[1] % 2, full.shape[0] + full.shape[0] % 2)
    assert len(frames) == 4
    cut = frames[-1][: full.shape[0], : full.shape[1]].astype(int)
    assert np.abs(cut - full).mean() < 6
    env.close()


def test_default_game_is_cartpole_from_pixels():
    """Without an environment there are four grey pictures of 84 by 84, at half the rate of the physics."""
    env = default_game()
    assert (env.observation_space.shape, env.observation_space.dtype) == ((4, 84, 84), np.uint8)
    assert decision_rate(env) == 25
    env.close()


class Scripted:
    """A display whose keys and clock are the test's: time passes only while the game waits."""

    def __init__(self, keys):
        self.now, self.keys, self.shown, self.size = 0.0, sorted(keys), [], None

    def show(self, picture):  # noqa: D102
        self.shown.append((self.now, picture))

    def events(self, seconds):  # noqa: D102
        if self.keys and self.keys[0][0] <= self.now + seconds:
            time, key, down = self.keys.pop(0)
            self.now = max(self.now, time)
            return [(key, down)]
        self.now += max(seconds, 1e-6)
        return []


def endless():
    """CartPole whose pole may fall as far as it likes."""
    env = gym.make("CartPole-v1")
    env.unwrapped.theta_threshold_radians = env.unwrapped.x_threshold = 1e6
    return env


def live(keys, *, env=None, step=False, episodes=None, display=Scripted):
    """A game on the scripted display, and when each decision was shown."""
    env = AgentView(env or endless())
    keymap, rate = default_keys(env), decision_rate(env)
    display = display(keys)
    game, film = Game(env, 1, keep=False), []
    controls = Controls(keymap.keys, step=step)
    running = Live(
        game, Screen(env, keymap, rate), keymap, controls, rate, film.append, display, lambda: display.now
    )
    running.run(episodes)
    return running, display


@pytest.mark.parametrize("skip", [1, 2, 5])
def test_one_decision_per_decision_of_the_agent(skip):
    """Decisions come at render_fps divided by the skip."""
    running, _ = live([(0.31, "escape", True)], env=FrameSkip(endless(), skip))
    assert len(running.game.now.actions) == int(0.31 * 50 / skip)
    assert running.reached == pytest.approx(50 / skip, rel=1e-3)


def test_key_acts_at_the_next_decision():
    """A key pressed between two decisions is in the picture of the next one."""
    running, _ = live([(0.0705, "right", True), (0.1101, "right", False), (0.165, "escape", True)])
    assert running.game.now.actions == [0, 0, 0, 1, 1, 0, 0, 0]


def test_pause_stops_time_and_single_steps_pass():
    """While paused only single steps are taken; afterwards time goes on."""
    keys = [(0.05, "p", True), (1.0, "n", True), (2.0, "n", True), (3.0, "p", True), (3.05, "escape", True)]
    running, _ = live(keys)
    assert len(running.game.now.actions) == 2 + 2 + 2


def test_speed_key_halves_the_rate():
    """At half speed half as many decisions are taken."""
    running, _ = live([(0.001, "-", True), (0.25, "escape", True)])
    assert len(running.game.now.actions) == 6


def test_step_mode_waits_for_a_key_at_each_decision():
    """With ``step`` time stands still, and each key press is one decision."""
    keys = [
        (5.0, "right", True),
        (5.1, "right", False),
        (9.0, "left", True),
        (9.1, "left", False),
        (12.0, "n", True),
    ]
    running, _ = live([*keys, (20.0, "escape", True)], step=True)
    assert running.game.now.actions == [1, 0, 0]


def test_help_stops_time_and_takes_no_keys():
    """While the page of help is open no decision is taken and no key acts; F1 closes it."""
    keys = [(0.05, "f1", True), (0.5, "right", True), (0.6, "right", False), (0.7, "n", True)]
    running, _ = live([*keys, (3.0, "f1", True), (3.05, "escape", True)])
    assert running.game.now.actions == [0, 0, 0, 0]


def test_new_size_of_the_window_is_drawn_at_once():
    """A window that was made larger is filled, also while time stands still."""

    class Growing(Scripted):
        def events(self, seconds):
            found = super().events(seconds)
            if found and found[0][0] == "resized":
                self.size = (1000, 640)
            return found

    running, display = live([(1.0, "resized", True), (2.0, "escape", True)], step=True, display=Growing)
    assert display.shown[-1][1].shape == (640, 1000, 3)
    assert not running.game.now.actions


def test_game_ends_after_so_many_episodes():
    """With ``episodes`` the game ends on the terminal picture of the last one."""
    running, display = live([], env=gym.make("CartPole-v1"), episodes=2)
    assert [e.over for e in running.game.episodes] == [True, True]
    assert len(display.shown) == sum(len(e.actions) + 1 for e in running.game.episodes)


def test_score_says_nothing_of_the_agents_eyes_once_the_camera_was_seen():
    """With the camera beside it the return was not reached from what the agent sees."""
    env = gym.make("CartPole-v1", render_mode="rgb_array")
    result = rlprobe.play(env, both=True, script=[{"keys": "right", "times": 40}], seed=1)
    assert "from what the agent sees" not in str(result)
    env.close()


def test_score_compares_with_random_play_of_as_many_episodes():
    """The table has your returns and those of as many random episodes, and the sentence says both."""
    result = rlprobe.play(gym.make("CartPole-v1"), script=[{"keys": "right", "times": 40}], seed=1)
    assert len(result.score.random) == len(result.score.yours) > 2
    assert f"you reached {np.mean(result.score.yours):.4g} from what the agent sees" in str(result)
    assert max(map(len, str(result).splitlines())) <= 80


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fps": 0}, "fps must be greater than 0"),
        ({"zoom": 0}, "zoom must be"),
        ({"strength": 2}, "strength must be"),
        ({"episodes": 0}, "at least one episode"),
        ({"save": "a.txt"}, "npz"),
        ({"video": "a.avi"}, "mp4"),
        ({"script": ["nosuch"]}, "unknown key 'nosuch'"),
        ({"script": [7]}, "script entry 0"),
        ({"preprocessed": False}, "render_mode='rgb_array'"),
    ],
)
def test_wrong_options_are_refused(options, words):
    """An option that cannot be right is refused before anything is opened."""
    with pytest.raises((ValueError, TypeError), match=words):
        rlprobe.play(gym.make("CartPole-v1"), **{"script": ["left"], **options})


def test_command_plays_a_script(tmp_path, capsys):
    """``rlprobe play`` without arguments plays CartPole from pixels, here by a script, and ends with 0."""
    script, video, save = tmp_path / "k.json", tmp_path / "v.mp4", tmp_path / "t.npz"
    script.write_text(json.dumps([{"keys": "left", "times": 12}]))
    arguments = ["--preprocessed", "--seed", "1", "--headless-script", str(script)]
    assert main(["play", *arguments, "--video", str(video), "--save", str(save)]) == 0
    assert "you reached" in capsys.readouterr().out
    assert np.load(save)["observations"].shape[1:] == (4, 84, 84)
    assert video.stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["NoSuchGame-v0"], "NoSuchGame"),
        (["--headless-script", "/nosuch.json"], "/nosuch.json"),
        (["--keys", "/nosuch.json", "--headless-script", "/nosuch.json"], "/nosuch.json"),
        (["CartPole-v1"], "set DISPLAY"),
    ],
)
def test_command_refuses_with_one_line(monkeypatch, capsys, arguments, words):
    """Wrong use, and a machine without a screen, end with 2 and one line that says what to do."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert main(["play", *arguments]) == 2
    error = capsys.readouterr().err.strip()
    assert words in error
    assert len(error.splitlines()) == 1


def test_importing_changes_nothing_global():
    """Importing the player, the recorder and the views leaves all global state alone."""
    code = """
import os, random, sys
import numpy as np
before = dict(os.environ), random.getstate(), np.random.get_state()[1].tolist()
import rlprobe.player.playing, rlprobe.player.window, rlprobe.commands.record, rlprobe.view
assert (dict(os.environ), random.getstate(), np.random.get_state()[1].tolist()) == before
print(sorted({"matplotlib", "pygame", "cv2", "PIL", "imageio_ffmpeg", "rich"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert done.stdout.strip() == "[]"
