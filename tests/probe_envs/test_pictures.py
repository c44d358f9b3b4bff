"""What people see: the graph of the process, the current state marked, and a caption that is true."""

from __future__ import annotations

import time

import gymnasium as gym
import numpy as np
import pytest

from probe_envs import SUITE, WRAPPER_PROBES, ProbeEnv, ProbeVectorEnv, probe

NAMES = [row.name for row in (*SUITE, *WRAPPER_PROBES)]
HERE = (255, 170, 51)


def marked(frame):
    """Centre (x, y) of the marked colour."""
    ys, xs = np.nonzero((frame == HERE).all(axis=2))
    return (xs.min() + xs.max()) / 2, (ys.min() + ys.max()) / 2


@pytest.mark.parametrize("name", NAMES)
def test_every_probe_has_a_picture(name):
    """A picture is uint8 RGB of even size that a video can hold, one state marked, always the same size."""
    pytest.importorskip("cv2")
    env = gym.make(f"probe/{name}-v0", render_mode="rgb_array")
    env.action_space.seed(0)
    env.reset(seed=0)
    frames = [env.render()]
    for _ in range(500):
        _, _, terminated, truncated, _ = env.step(env.action_space.sample())
        frames.append(env.render())
        if terminated or truncated:
            break
    assert terminated or truncated
    height, width, channels = frames[0].shape
    assert (height % 16, width % 16, channels) == (0, 0, 3)
    assert {frame.shape for frame in frames} == {frames[0].shape}
    assert frames[0].dtype == np.uint8
    assert all((frame == HERE).all(axis=2).sum() > 100 for frame in frames)
    assert len(np.unique([frame.tobytes() for frame in frames])) == len(frames)


def test_the_mark_goes_where_the_state_goes():
    """In a chain the mark moves to the right with every step."""
    pytest.importorskip("cv2")
    env = ProbeEnv(probe("Chain").mdp(), render_mode="rgb_array")
    env.reset()
    places = [marked(env.render())]
    for _ in range(7):
        env.step(0)
        places.append(marked(env.render()))
    assert [x for x, _ in places] == sorted({x for x, _ in places})
    assert np.ptp([y for _, y in places]) <= 2


def test_rendering_changes_nothing():
    """A picture belongs to its receiver: painting on it leaves the next one as it was."""
    pytest.importorskip("cv2")
    env = ProbeEnv(probe("Decoder").mdp(), render_mode="rgb_array")
    env.reset()
    first = env.render()
    copy = first.copy()
    first[...] = 0
    assert (env.render() == copy).all()


def test_a_large_process_is_drawn_fast():
    """A sea of 30 x 30 takes little time after the first picture, and the diver is still found."""
    pytest.importorskip("cv2")
    env = ProbeEnv(probe("DeepSea").mdp(size=30), render_mode="rgb_array")
    env.reset()
    before = marked(env.render())
    for _ in range(10):
        env.step(1)
    times = []
    for _ in range(5):
        start = time.process_time()
        frame = env.render()
        times.append(time.process_time() - start)
    assert min(times) < 0.05
    after = marked(frame)
    assert after[0] > before[0] + 100
    assert after[1] > before[1] + 100
    assert max(frame.shape) <= 1200


def test_many_environments_are_drawn_one_by_one():
    """The vector environment renders a tuple, each as a scalar environment in its place would."""
    pytest.importorskip("cv2")
    mdp = probe("RewardSet").mdp()
    envs = ProbeVectorEnv(mdp, num_envs=4, render_mode="rgb_array")
    envs.reset(seed=3)
    frames = envs.render()
    assert len(frames) == 4
    for i, frame in enumerate(frames):
        env = ProbeEnv(mdp, render_mode="rgb_array")
        env.reset(seed=3 + i)
        assert (frame == env.render()).all()
    assert np.array(envs.step(np.zeros(4, np.int64))[2]).all()
    assert all(
        marked(frame)[0] > marked(first)[0] for frame, first in zip(envs.render(), frames, strict=True)
    )


def test_text_names_states_outcomes_and_the_moment():
    """The text lists every state with its outcomes, marks the current one, and captions the step."""
    env = ProbeEnv(probe("RandomExit").mdp(), render_mode="ansi")
    env.reset(seed=0)
    assert env.render().splitlines() == ["> 0     -> END (+1 p=0.25)  0 (+1 p=0.75)", "  END", "step 0"]
    assert any(env.step(0)[2] for _ in range(500))
    lines = env.render().splitlines()
    assert lines[1] == "> END"
    assert lines[2].endswith("| action 0 | reward +1 | terminated")


def test_the_caption_knows_both_flags_and_the_clock():
    """Where an episode is terminated and truncated the caption says both, and the limit of the clock."""
    env = ProbeEnv(probe("BothFlags").mdp(), render_mode="ansi")
    env.reset()
    for _ in range(3):
        env.step(0)
    assert (
        env.render().splitlines()[-1] == "step 3 of at most 3 | action 0 | reward +1 | terminated | truncated"
    )
    env = ProbeEnv(probe("TimeLimitLoop").mdp(continuous=True), render_mode="ansi")
    env.reset()
    for _ in range(5):
        env.step(np.array([0.25], np.float32))
    assert env.render().splitlines()[-1] == "step 5 of at most 5 | action 0.25 | reward +1 | truncated"


@pytest.mark.parametrize("mode", ["NextStep", "SameStep"])
def test_captions_of_many_environments_follow_their_episodes(mode):
    """After an automatic reset an environment is at step 0 again, without an action."""
    envs = ProbeVectorEnv(probe("Decoder").mdp(), num_envs=2, autoreset_mode=mode, render_mode="ansi")
    envs.reset(seed=0)
    captions = [envs.render()[0].splitlines()[-1]]
    for _ in range(4):
        envs.step(np.zeros(2, np.int64))
        captions.append(envs.render()[0].splitlines()[-1])
    inside = ["step 0", "step 1 | action 0 | reward +1", "step 2 | action 0 | reward +0"]
    if mode == "NextStep":
        assert captions == [*inside, "step 3 | action 0 | reward +2 | terminated", "step 0"]
    else:
        assert captions == [*inside, "step 0", "step 1 | action 0 | reward +1"]


def test_a_large_text_shows_what_is_near():
    """Of hundreds of states the text shows the lines around the current one."""
    env = ProbeEnv(probe("DeepSea").mdp(size=20), render_mode="ansi")
    env.reset()
    for _ in range(5):
        env.step(1)
    lines = env.render().splitlines()
    assert len(lines) == 14
    assert next(line for line in lines if line.startswith(">")).split()[1] == "5,5"
    assert "more states" in lines[-2]


def test_a_video_can_be_recorded(tmp_path):
    """Gymnasium's RecordVideo takes the pictures as they are."""
    pytest.importorskip("cv2")
    pytest.importorskip("moviepy")
    env = gym.make("probe/Decoder-v0", render_mode="rgb_array")
    env = gym.wrappers.RecordVideo(env, str(tmp_path / "videos"), disable_logger=True)
    env.reset(seed=0)
    for _ in range(3):
        env.step(0)
    env.close()
    assert [path.suffix for path in (tmp_path / "videos").iterdir()] == [".mp4"]
