"""Wrappers that scramble pictures, lose colours, report wrong returns or scale rewards badly are flagged."""
# ruff: noqa: D102

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.wrappers import (
    GrayscaleObservation,
    NormalizeReward,
    RecordEpisodeStatistics,
    ReshapeObservation,
    TransformObservation,
    TransformReward,
)

from rlprobe import RewardScale

NEW = {"picture-axes", "colours-become-one", "return-runs-on", "episode-info-wrong"}
SEA, FISH, GREEN = (0, 80, 150), (60, 80, 0), (30, 200, 30)


@pytest.fixture
def sea(planted):
    """A healthy environment that shows a picture: two fish move in the sea."""

    class Sea(planted.Healthy):
        limit = 25

        def __init__(self, fish=FISH):
            super().__init__()
            self.fish = fish
            self.observation_space = spaces.Box(0, 255, (24, 20, 3), np.uint8)

        def observe(self):
            picture = np.full((24, 20, 3), SEA, np.uint8)
            x, y = (8 + (self.place[:2] * 7)).astype(int)
            picture[y : y + 4, x : x + 4] = self.fish
            picture[20 - y : 23 - y, x : x + 5] = GREEN
            return picture

    return Sea


def changed(env, change):
    """The environment with another picture."""
    shape = change(np.zeros((24, 20, 3), np.uint8)).shape
    return TransformObservation(env, change, spaces.Box(0, 255, shape, np.uint8))


def new_flags(report):
    """The flags about wrappers."""
    return {flag.id: flag for flag in report.flags if flag.id in NEW}


SCRAMBLED = {
    "reshape": lambda p: p.reshape(3, 24, 20),
    "reshape of stacked channels": lambda p: p.reshape(12, 10, 12),
}
TURNED = {"transpose": lambda p: p.T, "swapaxes": lambda p: p.swapaxes(0, 1)}
KEPT = {
    "channels first": lambda p: p.transpose(2, 0, 1),
    "moveaxis": lambda p: np.moveaxis(p, -1, 0),
    "flat": lambda p: p.reshape(-1),
    "another axis": lambda p: p[None],
    "rows of pixels": lambda p: p.reshape(24, 60),
    "cropped": lambda p: p[2:-2],
    "nothing": lambda p: p,
}


@pytest.mark.parametrize("name", SCRAMBLED)
def test_a_picture_that_is_reshaped_is_scrambled(inspected, sea, name):
    """It has the shape that a network needs, and is no picture any more."""
    found = new_flags(inspected(changed(sea(), SCRAMBLED[name]), steps=300))
    assert found["picture-axes"].severity == "harmful"
    assert "reshape" in found["picture-axes"].sentence


def test_gymnasiums_reshape_of_a_picture_is_flagged(inspected, sea):
    """The wrapper is named."""
    found = new_flags(inspected(ReshapeObservation(sea(), (3, 24, 20)), steps=300))
    assert "ReshapeObservation makes (3, 24, 20) of (24, 20, 3)" in found["picture-axes"].sentence


@pytest.mark.parametrize("name", TURNED)
def test_a_picture_on_its_side_is_worth_a_look(inspected, sea, name):
    """Height and width are swapped."""
    found = new_flags(inspected(changed(sea(), TURNED[name]), steps=300))
    assert found["picture-axes"].severity == "look"


def test_a_second_transpose_is_harmful(inspected, sea):
    """Channels lie between the sides."""
    twice = changed(sea(), lambda p: p.transpose(2, 0, 1).transpose(2, 0, 1))
    assert new_flags(inspected(twice, steps=300))["picture-axes"].severity == "harmful"


@pytest.mark.parametrize("name", KEPT)
def test_a_picture_whose_axes_only_move_is_fine(inspected, sea, name):
    """So is one that is divided by 255, cropped, or flattened as a whole."""
    assert new_flags(inspected(changed(sea(), KEPT[name]), steps=300)) == {}


def test_a_division_hides_no_reshape(inspected, sea):
    """Numbers between 0 and 1 in the wrong places are flagged too."""
    box = spaces.Box(0, 1, (3, 24, 20), np.float32)
    env = TransformObservation(sea(), lambda p: (p / 255.0).astype(np.float32).reshape(3, 24, 20), box)
    assert set(new_flags(inspected(env, steps=300))) == {"picture-axes"}


GREYS = {
    "red and blue swapped": (lambda p: p @ [0.114, 0.587, 0.299], (95, 80, 113), "0.1, 0.6, 0.3"),
    "only green": (lambda p: p[..., 1], (200, 80, 10), "0.0, 1.0, 0.0"),
    "mean": (lambda p: p.mean(-1), (120, 100, 10), "0.3, 0.3, 0.3"),
}


@pytest.mark.parametrize("name", GREYS)
def test_colours_that_become_one_grey_are_flagged(inspected, sea, name):
    """With the weights, if they are unusual: the fish has the grey of the sea."""
    grey, fish, weights = GREYS[name]
    env = changed(sea(fish), lambda p: grey(p).astype(np.uint8))
    found = new_flags(inspected(env, steps=300))
    assert str(SEA) in found["colours-become-one"].sentence
    assert weights in found["colours-become-one"].sentence


def test_a_grey_picture_in_which_all_colours_differ_is_fine(inspected, sea):
    """Also without an axis of channels, or with one."""
    for keep in (False, True):
        env = GrayscaleObservation(sea((250, 120, 0)), keep_dim=keep)
        assert new_flags(inspected(env, steps=300)) == {}


def test_colours_become_one_under_the_usual_weights_too(inspected, sea):
    """As the fish of Seaquest did; there is nothing to say of the weights."""
    env = changed(sea(FISH), lambda p: (p @ [0.299, 0.587, 0.114]).astype(np.uint8))
    assert new_flags(inspected(env, steps=300))["colours-become-one"].sentence.endswith("the same grey.")


class Reports(gym.Wrapper):
    """Reports returns and lengths, and may forget to start at 0."""

    def __init__(self, env, forgets=(), extra=0):
        super().__init__(env)
        self.forgets, self.extra = forgets, extra
        self.earned, self.length = 0.0, 0

    def reset(self, **options):
        self.earned = self.earned if "return" in self.forgets else 0.0
        self.length = self.length if "length" in self.forgets else 0
        return super().reset(**options)

    def step(self, action):
        observation, reward, terminated, truncated, info = super().step(action)
        self.earned, self.length = self.earned + reward, self.length + 1
        if terminated or truncated:
            info["episode"] = {"r": self.earned, "l": self.length + self.extra}
        return observation, reward, terminated, truncated, info


@pytest.mark.parametrize("how", [{"forgets": ["return"]}, {"forgets": ["length"]}, {"extra": 1}])
def test_wrong_statistics_of_episodes_are_flagged(inspected, planted, how):
    """Returns or lengths that run on, and lengths that are off by one."""
    flag = new_flags(inspected(Reports(planted.Healthy(), **how), steps=300))["episode-info-wrong"]
    what = "return" if "return" in how.get("forgets", ()) else "length"
    assert f"says that its {what} is" in flag.sentence


def test_right_statistics_of_episodes_are_fine(inspected, planted):
    """Inside and outside of wrappers that change rewards or skip frames."""
    for env in (
        Reports(planted.Healthy()),
        RecordEpisodeStatistics(planted.Healthy()),
        RewardScale(RecordEpisodeStatistics(planted.Healthy())),
        TransformReward(RecordEpisodeStatistics(planted.Healthy()), np.sign),
        RecordEpisodeStatistics(TransformReward(planted.Healthy(), lambda reward: reward / 7)),
        gym.wrappers.MaxAndSkipObservation(RecordEpisodeStatistics(planted.Healthy()), 4),
        gym.wrappers.Autoreset(RecordEpisodeStatistics(planted.Healthy())),
    ):
        assert "episode-info-wrong" not in new_flags(inspected(env, steps=300)), env


class Divides(gym.Wrapper):
    """Divides rewards by the standard deviation of a discounted return, which may run on."""

    def __init__(self, env, starts_anew):
        super().__init__(env)
        self.starts_anew, self.running, self.seen = starts_anew, 0.0, []

    def reset(self, **options):
        self.running = 0.0 if self.starts_anew else self.running
        return super().reset(**options)

    def step(self, action):
        observation, reward, terminated, truncated, info = super().step(action)
        self.running = 0.9 * self.running + reward
        self.seen.append(self.running)
        return observation, reward / (1e-3 + np.std(self.seen)), terminated, truncated, info


def test_a_return_that_runs_on_is_flagged(inspected, planted):
    """In a wrapper of one's own, and in Gymnasium's; not in ours."""
    for env in (Divides(planted.Healthy(), starts_anew=False), NormalizeReward(planted.Healthy())):
        assert type(env).__name__ in new_flags(inspected(env, steps=300))["return-runs-on"].sentence
    for env in (Divides(planted.Healthy(), starts_anew=True), RewardScale(planted.Healthy())):
        assert new_flags(inspected(env, steps=300)) == {}
