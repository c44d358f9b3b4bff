"""What people see: the graph of the process, the current state marked, and a caption that is true."""

from __future__ import annotations

import time
from itertools import pairwise

import gymnasium as gym
import numpy as np
import pytest

from probe_envs import CHOICE_PROBES, END, MDP, SUITE, WRAPPER_PROBES, ProbeEnv, ProbeVectorEnv, probe
from probe_envs.drawing.diagram import diagram
from probe_envs.drawing.graph import graph
from probe_envs.drawing.svg import svg
from probe_envs.dynamics import Dynamics

NAMES = [row.name for row in (*SUITE, *WRAPPER_PROBES, *CHOICE_PROBES)]
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


def crossings(drawn):
    """Pairs of arrows that cross, by the states they join; arrows that share a state may touch there."""
    found = []
    arrows = list(drawn.arrows.items())
    for i, (one, first) in enumerate(arrows):
        for other, second in arrows[i + 1 :]:
            if any(crosses(*a, *b) for a in pairwise(first) for b in pairwise(second)):
                found.append((one, other))
    return found


def crosses(a, b, c, d):
    """Whether the segments from ``a`` to ``b`` and from ``c`` to ``d`` cross."""

    def side(p, q, r):
        return np.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


@pytest.mark.parametrize("name", [name for name in NAMES if name != "DeepSea"])
def test_no_arrows_cross(name):
    """No two arrows of a diagram cross; those of DeepSea do, on the grid that gives it its name."""
    assert crossings(diagram(graph(Dynamics(probe(name).mdp())))) == []


def test_tangled_states_are_put_in_order():
    """Where the declared order of the states makes arrows cross, another order is found."""
    then = {0: 3, 1: 2}
    mdp = MDP(
        start={0: 0.5, 1: 0.5},
        actions=(0,),
        step=lambda s, _a: {(then.get(s, END), 0.0): 1.0},
        observe=lambda s: np.array([float(s)], np.float32),
    )
    drawn = graph(Dynamics(mdp))
    row = dict(zip(drawn.names, drawn.places[:, 1], strict=True))
    assert row["0"] == row["3"] != row["1"] == row["2"]
    assert crossings(diagram(drawn)) == []


def test_a_process_that_comes_back_is_drawn():
    """States on a circle, which have no longest way to the end, stand in columns from the start."""
    mdp = MDP(
        start={0: 1.0},
        actions=(0,),
        step=lambda s, _a: {((s + 1) % 3, 1.0): 0.5, (END, 0.0): 0.5},
        observe=lambda s: np.array([float(s)], np.float32),
    )
    drawn = graph(Dynamics(mdp))
    assert drawn.places[:3, 0].tolist() == [0, 1, 2]
    back = diagram(drawn).arrows[2, 0]
    assert back[:, 1].max() > diagram(drawn).points[:, 1].max() + 20  # below the states, not over them


def test_states_stand_in_the_order_of_the_text():
    """States of one column stand one below the other in the order of their numbers."""
    drawn = graph(Dynamics(probe("RewardSet").mdp()))
    assert drawn.places[:4, 1].tolist() == sorted(drawn.places[:4, 1].tolist())
    boot = graph(Dynamics(probe("TruncBoot").mdp()))
    column = dict(zip(boot.names, boot.places[:, 0], strict=True))
    assert column["0"] < column["1"] < column["2"] == column["3"] < column["END"]


@pytest.mark.parametrize("name", NAMES)
def test_the_svg_has_no_colour_of_its_own(name):
    """Lines and letters of the SVG take the colour of the page, so that they show in light and dark."""
    text = svg(Dynamics(probe(name).mdp()))
    assert text.count("<svg") == text.count("</svg>") == 1
    assert "currentColor" in text
    assert "#" not in text
    assert "black" not in text
