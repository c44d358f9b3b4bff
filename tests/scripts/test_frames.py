"""Scripts on Atari games: skipped frames, the screen, and batches of pictures."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces

import probe_envs.suite
from probe_envs import probe
from probe_envs.envs.scalar import ProbeEnv
from rlprobe.scripts.inside.changes.at_run_time.pictures import TRIES, share_pictures
from rlprobe.scripts.inside.gate import Gate
from rlprobe.scripts.inside.making.clipped_rewards import leave_out_clipping
from rlprobe.scripts.inside.making.frame_skips import GOES_ON, FrameSkips
from rlprobe.scripts.inside.stage import Stage, Views


class Ale:
    """A screen on which nothing ever moves, and a count of lives."""

    def lives(self):
        """Three."""
        return 3

    def getScreenGrayscale(self, out):  # noqa: N802
        """Black."""
        out[...] = 0


class Game(gym.Env):
    """Has pictures for observations, and an emulator inside."""

    observation_space = spaces.Box(0, 255, (210, 160, 3), np.uint8)
    action_space = spaces.Discrete(2)
    ale, _frameskip = Ale(), 1

    def get_action_meanings(self):
        """Doing nothing, and one more."""
        return ["NOOP", "FIRE"]


class MaxAndSkip(gym.Wrapper):
    """Takes four steps, and stops at an end; shows the largest of the last two frames."""

    def __init__(self, env):
        super().__init__(env)
        self.frames = np.zeros((2, *env.observation_space.shape), np.uint8)

    def step(self, action):
        """The reward is the sum."""
        total = 0.0
        for i in range(4):
            seen, reward, terminated, truncated, info = self.env.step(action)
            if i >= 2:
                self.frames[i - 2] = seen
            total += reward
            if terminated or truncated:
                break
        return self.frames.max(axis=0), total, terminated, truncated, info


class OpenGate(Gate):
    """Lets every step through."""

    def __init__(self):
        super().__init__(-1, -1, dict)

    def pass_one(self):
        """No step waits."""


def staged(name):
    """A probe in the spaces of the game."""
    mdp = probe(name).mdp()
    env = ProbeEnv(mdp)
    views = Views(env, np.stack([np.asarray(view) for view in env.dynamics.views[:1]]))
    stage = Stage(env, Game(), views, OpenGate())
    stage.begin(0, {})
    return stage


def seen_at_ends(env, stage, picture):
    """Whether the last observation of each episode shows the state that was reached, episode by episode."""
    same = []
    for _ in range(40):
        env.reset()
        ended = False
        while not ended:
            shown, _, terminated, truncated, _ = env.step(1)
            ended = terminated or truncated
        same.append(bool((picture(stage.looks[stage.left]) == shown).all()))
    return same


@pytest.mark.parametrize("name", ["TruncBoot", "TimeLimitLoop", "Chain"])
def test_who_skips_frames_sees_where_an_episode_ends(name):
    """After a few steps, as soon as it is known how many frames are skipped."""
    stage = staged(name)
    assert all(seen_at_ends(MaxAndSkip(stage), stage, np.asarray)[20:])


@pytest.mark.parametrize("name", ["TruncBoot", "Chain"])
def test_the_screen_shows_the_probe(name):
    """``AtariPreprocessing`` reads the screen of the emulator."""
    cv2 = pytest.importorskip("cv2")
    stage = staged(name)
    env = gym.wrappers.AtariPreprocessing(stage, noop_max=10, frame_skip=4)
    assert env.unwrapped.ale.lives() == 3

    def picture(look):
        return cv2.resize(look[..., 0], (84, 84), interpolation=cv2.INTER_AREA)

    assert all(seen_at_ends(env, stage, picture)[20:])
    colours = env.unwrapped.ale.getScreenRGB()
    assert colours.shape == (210, 160, 3)


def test_a_wrapper_that_skips_another_number_of_frames_ends_an_episode_late_once():
    """What was held back is lost; nothing more is held back until the steps are equal again."""
    skips = FrameSkips()
    for _ in range(5):
        assert (skips.first(GOES_ON), skips.further()) == (GOES_ON, GOES_ON)
    assert skips.first((False, True)) == GOES_ON
    assert skips.first((False, True)) == (False, True)


def test_what_an_earlier_run_has_shown_is_known_at_once():
    """The first episode may be a single step."""
    stage = staged("TruncBoot")
    stage.skips = FrameSkips(3)
    env = MaxAndSkip(stage)
    assert all(seen_at_ends(env, stage, np.asarray))
    assert stage.skips.known == 3


def test_steps_without_skips_end_at_once():
    """Nothing is held back where no wrapper repeats a step."""
    skips = FrameSkips()
    assert [skips.first(GOES_ON) for _ in range(9)] == [GOES_ON] * 9
    assert skips.first((True, False)) == (True, False)


@pytest.fixture
def torch(monkeypatch):
    """PyTorch, whose layers are put back afterwards."""
    torch = pytest.importorskip("torch")
    for kind, method in ((torch.nn.Conv2d, "_conv_forward"), (torch.nn.Linear, "forward")):
        monkeypatch.setattr(kind, method, getattr(kind, method))
    return torch


def rows_computed(torch, monkeypatch):
    """The number of rows in each call of a convolution."""
    counts, plain = [], torch.nn.Conv2d._conv_forward

    def counted(layer, rows, *parameters):
        counts.append(len(rows))
        return plain(layer, rows, *parameters)

    monkeypatch.setattr(torch.nn.Conv2d, "_conv_forward", counted)
    return counts


def test_equal_pictures_of_a_batch_are_computed_once(torch, monkeypatch):
    """Values and gradients are those of the whole batch."""
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand(3, 4, 36, 36, generator=generator)[[0, 1, 0, 2, 2, 0, 1, 1, 0, 0]]
    net = torch.nn.Sequential(
        torch.nn.Conv2d(4, 8, 8, 4), torch.nn.Flatten(), torch.nn.Linear(512, 1)
    ).double()

    def learned():
        net.zero_grad()
        values = net(pictures.double())
        (values[:, 0] * torch.arange(10)).sum().backward()
        return values.detach().clone(), [p.grad.clone() for p in net.parameters()]

    before, gradients = learned()
    counts = rows_computed(torch, monkeypatch)
    share_pictures(torch)
    after, shared = learned()
    assert counts == [3]
    torch.testing.assert_close(after, before)
    torch.testing.assert_close(shared, gradients)


def test_pictures_that_differ_are_soon_left_alone(torch, monkeypatch):
    """A script that changes each picture at random is not slowed down."""
    counts = rows_computed(torch, monkeypatch)
    share_pictures(torch)
    layer = torch.nn.Conv2d(4, 8, 8, 4)
    for _ in range(TRIES):
        layer(torch.rand(8, 4, 36, 36))
    same = torch.zeros(8, 4, 36, 36)
    layer(same)
    assert counts == [8] * (TRIES + 1)


def _by_hand(layer):
    layer.weight.data[0, 0, 0, 0] += 0.1


def _by_the_bias_alone(layer):
    layer.bias.data[0] += 0.1


def _by_optimiser(layer):
    torch = pytest.importorskip("torch")
    layer(torch.ones(1, 4, 36, 36)).sum().backward()
    torch.optim.SGD(layer.parameters(), lr=0.1).step()


@pytest.mark.parametrize("change", [_by_hand, _by_the_bias_alone, _by_optimiser])
def test_results_without_gradients_are_kept_until_weights_change(torch, monkeypatch, change):
    """As while a script acts, and in its target network."""
    plain = torch.nn.Conv2d._conv_forward
    counts = rows_computed(torch, monkeypatch)
    share_pictures(torch)
    layer = torch.nn.Conv2d(4, 8, 8, 4)
    pictures = torch.rand(3, 4, 36, 36)

    def seen(which):
        with torch.no_grad():
            found = layer(pictures[which])
            torch.testing.assert_close(found, plain(layer, pictures[which], layer.weight, layer.bias))
        return found

    seen([0, 1, 0])
    seen([1, 1, 2, 0])
    seen([2, 0])
    assert counts == [2, 1]
    change(layer)
    counts.clear()
    seen([2, 0])
    assert counts == [2]


@pytest.mark.parametrize("shape", [(3, 4, 36, 36), (4, 36, 36), (12, 1, 20, 20)])
def test_small_batches_are_left_alone(torch, monkeypatch, shape):
    """A single picture has no first dimension."""
    counts = rows_computed(torch, monkeypatch)
    share_pictures(torch)
    torch.nn.Conv2d(shape[-3], 8, 8, 4)(torch.zeros(shape))
    assert counts == [shape[0]]


@pytest.fixture
def notes(monkeypatch):
    """What was said of wrappers of rewards, which are as before afterwards."""
    monkeypatch.setattr(gym.RewardWrapper, "step", gym.RewardWrapper.step)
    found = []
    leave_out_clipping(found.append)
    return found


class Sign(gym.RewardWrapper):
    """Whatever a script calls it."""

    def reward(self, reward):
        """-1, 0 or 1."""
        return float(np.sign(reward))


def rewards_of(env, count=30):
    """All the rewards of some steps."""
    env.reset(seed=0)
    found = set()
    for _ in range(count):
        _, reward, terminated, truncated, _ = env.step(1)
        found.add(round(float(reward), 3))
        if terminated or truncated:
            env.reset()
    return found


@pytest.mark.parametrize(
    ("wrap", "name"),
    [(Sign, "Sign"), (lambda env: gym.wrappers.TransformReward(env, np.sign), "TransformReward")],
)
def test_rewards_of_a_game_are_not_clipped(notes, wrap, name):
    """On a probe, the values would be those of other rewards."""
    assert rewards_of(wrap(staged("RewardSet"))) == {-1.0, -0.5, 0.5, 5.0}
    assert notes == [f"{name} was left out: it clips rewards, as is usual on Atari games"]


def test_rewards_of_other_tasks_are(notes):
    """There it is a fault that a diagnosis names; a scale is kept everywhere."""
    assert rewards_of(Sign(probe_envs.suite.make("RewardSet", actions=2))) == {-1.0, 1.0}
    scaled = gym.wrappers.TransformReward(staged("RewardSet"), lambda r: 0.1 * r)
    assert rewards_of(scaled) == {-0.1, -0.05, 0.05, 0.5}
    assert not notes


def test_pictures_that_are_drawn_show_the_observation():
    """A script may cut out the middle, and ask for nothing else."""
    stage = staged("Chain")
    stage.render_mode = "rgb_array"
    env = gym.wrappers.AddRenderObservation(stage)
    env.reset()
    middle = [env.step(1)[0][160:320, 200:400] for _ in range(6)]
    assert len({one.tobytes() for one in middle}) == 6
    stage.render_mode = "human"
    assert stage.render() is None
