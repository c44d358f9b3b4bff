"""Random play as video: the pictures, the numbers beside it, and what happens when something breaks."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
import time

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.wrappers import MaxAndSkipObservation, TimeLimit

from rlprobe import FrameSkip, record_random
from rlprobe.cli import main
from rlprobe.environments.clock import decision_rate
from rlprobe.recorder import EnvironmentCrashedError, RecordingError

from .decoding import decoded, number_of, numbered, times

W, H = 40, 16


class Counting(gym.Env):
    """Renders its own step count; ends after ``length`` steps; reward is the action."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 60}  # noqa: RUF012 - as Gymnasium has it

    def __init__(self, length=7, crash_at=None, form=lambda frame: frame, error=RuntimeError):
        self.observation_space, self.action_space = spaces.Discrete(1000), spaces.Discrete(3)
        self.render_mode = "rgb_array"
        self._length, self._crash_at, self._form, self._error = length, crash_at, form, error

    def reset(self, *, seed=None, options=None):  # noqa: D102
        super().reset(seed=seed)
        self._count = 0
        return 0, {}

    def step(self, action):  # noqa: D102
        self._count += 1
        if self._count == self._crash_at:
            raise self._error("broken")
        return self._count, float(action), self._count >= self._length, False, {}

    def render(self):  # noqa: D102
        return self._form(numbered(self._count, W, H))


def shown(path):
    """The numbers written in the frames of a video."""
    return [number_of(frame) for frame in decoded(path, W, H)]


def test_frames_run_from_the_start_to_the_terminal_one(tmp_path):
    """Every episode shows its first state, each later one, and the terminal one last."""
    recording = record_random(Counting(7), tmp_path / "a.mp4", episodes=3, seed=1, annotate=False)
    assert shown(tmp_path / "a.mp4") == list(range(8)) * 3
    assert recording.frames == 24


@pytest.mark.parametrize("skip", [1, 2, 3, 4])
def test_video_lasts_as_long_as_the_physics(tmp_path, skip):
    """Under a frame skip the terminal frame is shown when the physics says, with and without inner frames."""
    for inner in (False, True):
        path = tmp_path / f"{inner}.mp4"
        record_random(
            FrameSkip(Counting(12), skip), path, episodes=1, seed=0, annotate=False, inner_frames=inner
        )
        assert shown(path) == list(range(0, 13, 1 if inner else skip))
        assert times(path)[-1] == pytest.approx(12 / 60, abs=2e-3)


def test_inner_frames_end_where_the_episode_ends(tmp_path):
    """An episode that ends in the middle of a skip shows its terminal frame and nothing after it."""
    path = tmp_path / "a.mp4"
    record_random(FrameSkip(Counting(6), 4), path, episodes=1, seed=0, annotate=False, inner_frames=True)
    assert shown(path) == list(range(7))


def test_skips_of_other_libraries_are_counted():
    """Gymnasium's skipping wrapper leaves render_fps alone, and is counted nevertheless."""
    assert decision_rate(MaxAndSkipObservation(gym.make("CartPole-v1"), 4)) == decision_rate(
        FrameSkip(gym.make("CartPole-v1"), 4)
    )


FORMS = {
    "grey": lambda f: f[:, :, 0],
    "grey with a channel axis": lambda f: f[:, :, :1],
    "float": lambda f: f / 255.0,
    "float grey": lambda f: (f[:, :, 0] / 255).astype(np.float32),
    "alpha": lambda f: np.dstack([f, f[:, :, :1]]),
    "channels first": lambda f: f.transpose(2, 0, 1),
    "not contiguous": np.asfortranarray,
    "int64": lambda f: f.astype(np.int64),
    "list of frames": lambda f: [f],
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_frame_is_recorded(tmp_path, form):
    """Whatever layout and type render() returns, the video shows the same picture."""
    record_random(Counting(5, form=FORMS[form]), tmp_path / "a.mp4", episodes=1, annotate=False)
    assert shown(tmp_path / "a.mp4") == list(range(6))


def test_json_replays_the_video(tmp_path):
    """Seeds and actions in the JSON lead to the returns, lengths and endings in the JSON."""
    path = tmp_path / "a.mp4"
    env = gym.make("CartPole-v1", render_mode="rgb_array")
    record_random(env, path, episodes=3, seed=5)
    notes = json.loads((tmp_path / "a.mp4.json").read_text())
    for episode in notes["episodes"]:
        env.reset(seed=episode["seed"])
        results = [env.step(action) for action in episode["actions"]]
        assert sum(r[1] for r in results) == episode["return"]
        assert [r[2] or r[3] for r in results] == [False] * (len(results) - 1) + [True]
    assert notes["returns"]["max"] == max(e["return"] for e in notes["episodes"])
    assert len({e["seed"] for e in notes["episodes"]}) == 3
    env.close()


def test_seed_fixes_the_series(tmp_path):
    """The same seed gives the same episodes, another seed others, and episodes differ within a series."""
    actions = [
        [e.actions for e in record_random(Counting(20), tmp_path / "a.mp4", episodes=2, seed=seed).episodes]
        for seed in (1, 1, 2)
    ]
    assert actions[0] == actions[1] != actions[2]
    assert actions[0][0] != actions[0][1]


@pytest.mark.parametrize("keep", ["best", "worst", "median", 2])
def test_kept_episodes_are_the_right_ones(tmp_path, keep):
    """The video holds exactly the frames of the chosen episodes, and the JSON says which they are."""
    env = gym.make("CartPole-v1", render_mode="rgb_array")
    result = record_random(env, tmp_path / "a.mp4", episodes=6, seed=2, keep=keep, annotate=False)
    returns = sorted(e.total for e in result.episodes)
    expected = {"best": returns[-1:], "worst": returns[:1], "median": returns[2:3], 2: returns[-2:]}[keep]
    assert sorted(e.total for e in result.episodes if e.in_video) == expected
    assert len(decoded(tmp_path / "a.mp4", 600, 400)) == sum(int(r) + 1 for r in expected)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4", "a.mp4.json"]
    env.close()


@pytest.mark.parametrize("keep", ["all", "best"])
def test_crash_keeps_what_was_recorded(tmp_path, keep):
    """An environment that raises leaves a playing file with its name, and an error naming the place."""
    path = tmp_path / "a.mp4"
    with pytest.raises(EnvironmentCrashedError, match="RuntimeError in episode 1, step 5: broken"):
        record_random(Counting(9, crash_at=5), path, episodes=2, annotate=False, keep=keep)
    assert shown(path) == [0, 1, 2, 3, 4]
    notes = json.loads((tmp_path / "a.mp4.json").read_text())
    assert notes["episodes"][0]["ended"] == "error"
    assert "broken" in notes["error"]


def test_ctrl_c_keeps_what_was_recorded(tmp_path):
    """Ctrl-C passes through after the file is finished."""
    with pytest.raises(KeyboardInterrupt):
        record_random(Counting(9, crash_at=5, error=KeyboardInterrupt), tmp_path / "a.mp4", annotate=False)
    assert shown(tmp_path / "a.mp4") == [0, 1, 2, 3, 4]


def test_first_step_that_crashes_leaves_notes_only_beside_a_video(tmp_path):
    """Where even the reset raises, there is no video, and the notes say why."""
    env = Counting(3)
    env.reset = lambda **_: 1 / 0
    with pytest.raises(EnvironmentCrashedError, match="ZeroDivisionError"):
        record_random(env, tmp_path / "a.mp4")
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4.json"]


def test_real_ctrl_c_ends_with_130_and_a_file_that_plays(tmp_path):
    """SIGINT to the command finishes the file with every frame taken, and ends with 130."""
    path = tmp_path / "a.mp4"
    command = [sys.executable, "-m", "rlprobe.record", "--steps", "100000", "--plain", "--out", str(path)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        end = time.monotonic() + 30
        partial = tmp_path / "a.partial.mp4"
        while time.monotonic() < end and not (partial.exists() and partial.stat().st_size > 20_000):
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    notes = json.loads((tmp_path / "a.mp4.json").read_text())
    assert len(times(path)) == notes["frames"] > 10
    assert "KeyboardInterrupt" in notes["error"]


def test_full_disk_names_the_file(tmp_path):
    """When nothing fits any more, not even the notes, the error is about the video."""
    code = f"""
import resource, signal, sys
from rlprobe.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
sys.exit(main(["record", "--steps", "3000", "--seed", "0", "--out", {str(tmp_path / "a.mp4")!r}]))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert f"cannot write {tmp_path / 'a.mp4'}" in done.stderr
    assert len(times(tmp_path / "a.mp4")) > 10


def test_steps_cut_the_last_episode(tmp_path):
    """A step budget counts decisions in all, and the episode it cuts is no complete one."""
    result = record_random(Counting(7), tmp_path / "a.mp4", steps=10, annotate=False)
    assert [e.length for e in result.episodes] == [7, 3]
    assert [e.ended for e in result.episodes] == ["terminated", "cut"]
    assert shown(tmp_path / "a.mp4") == [*range(8), *range(4)]


def test_annotation_leaves_the_picture_alone(tmp_path):
    """Step, action and reward stand below the picture, which only grows by whole pixels."""
    record_random(Counting(3), tmp_path / "a.mp4", episodes=1)
    frames = decoded(tmp_path / "a.mp4", 7 * W, 7 * H + 2 * 18)
    assert [number_of(f[: 7 * H]) for f in frames] == [0, 1, 2, 3]
    below = frames[:, 7 * H :].astype(int)
    assert all(np.abs(a - b).max() > 60 for a, b in itertools.pairwise(below))


def test_observation_is_recorded_without_a_renderer(tmp_path):
    """With ``preprocessed`` an environment that cannot render is recorded as the agent sees it."""
    env = gym.make("CartPole-v1")
    result = record_random(env, tmp_path / "a.mp4", episodes=1, seed=0, preprocessed=True)
    assert result.frames == result.episodes[0].length + 1
    assert (tmp_path / "a.mp4").stat().st_size > 1000


@pytest.mark.parametrize(
    ("env", "options", "words"),
    [
        (Counting(), {"episodes": 0}, "at least one episode"),
        (Counting(), {"steps": 0}, "one step"),
        (Counting(), {"keep": "some"}, "keep must be"),
        (gym.make("CartPole-v1"), {}, "render_mode='rgb_array'"),
        ("NoSuchGame-v0", {}, "NoSuchGame"),
    ],
)
def test_wrong_use_is_refused(tmp_path, env, options, words):
    """Nothing is written when there is nothing to record, and the message says what to do."""
    with pytest.raises(ValueError, match=words):
        record_random(env, tmp_path / "a.mp4", **options)
    assert list(tmp_path.iterdir()) == []


def rewards(*endings):
    """The sentence on episodes with these (rewards, ended) pairs."""
    from rlprobe.recorder.episode import Episode
    from rlprobe.recorder.numbers import Rewards, sentence

    counts, episodes = Rewards(), []
    for i, (values, ended) in enumerate(endings):
        episodes.append(Episode(i, 0, list(values), sum(values), any(v > 0 for v in values), ended))
        for value in values:
            counts.add(value)
    return sentence(episodes, counts)


@pytest.mark.parametrize(
    ("endings", "words"),
    [
        (
            [((0, 0), "terminated")] * 10,
            "never got a reward: 0 of 10 episodes (0 %, 95 % interval 0.0 to 27.8 %)",
        ),
        ([((0, 1), "terminated"), ((0, 0), "terminated")], "a positive reward in 1 of 2"),
        ([((1, 1), "terminated"), ((1,), "truncated")], "to the time limit in 1 of 2"),
        ([((-1, -1), "terminated"), ((-1,), "truncated")], "before the time limit in 1 of 2"),
        ([((1,), "cut")], "No episode was finished"),
    ],
)
def test_sentence_says_how_often_random_play_succeeds(endings, words):
    """Success is a positive reward, or lasting, or ending, according to what the rewards can tell."""
    assert words in rewards(*endings)


def test_command_writes_both_files(tmp_path, capsys):
    """``rlprobe record`` prints the table and the sentence, and ends with 0."""
    out = tmp_path / "a.mp4"
    assert main(["record", "CartPole-v1", "--episodes", "2", "--seed", "1", "--out", str(out)]) == 0
    text = capsys.readouterr().out
    assert "2 episodes of random play" in text
    assert "random play lasted to the time limit in 0 of 2" in text.replace("\n", " ")
    assert max(map(len, text.replace(str(out), "").splitlines())) <= 80
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.mp4", "a.mp4.json"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["NoSuchGame-v0"], "NoSuchGame"),
        (["--env", "nosuch:make"], "nosuch"),
        (["--env", "nosuch"], "package.module:make_env"),
        (["--episodes", "0"], "at least one episode"),
        (["--out", "/nosuch/a.mp4"], "existing folder"),
        (["--out", "a.avi"], r".mp4 or .gif"),
        (["--codec", "nosuch", "--out", "{tmp}/a.mp4"], "nosuch"),
    ],
)
def test_command_refuses_with_one_line(tmp_path, capsys, arguments, words):
    """Wrong use ends with 2 and one line that says what is wrong."""
    words_of = [a.replace("{tmp}", str(tmp_path)) for a in arguments]
    assert main(["record", *words_of]) == 2
    error = capsys.readouterr().err.strip()
    assert words in error
    assert len(error.splitlines()) == 1


def test_time_limit_counts_as_truncated(tmp_path):
    """An episode stopped by its time limit is noted as truncated."""
    result = record_random(TimeLimit(Counting(50), 4), tmp_path / "a.mp4", episodes=1)
    assert result.episodes[0].ended == "truncated"


def test_disk_errors_are_recording_errors():
    """What cannot be written is an OSError to whoever catches those."""
    assert issubclass(RecordingError, OSError)
