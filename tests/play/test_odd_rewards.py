"""Play and record with environments whose rewards and flags are of an odd type."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

import rlprobe
from rlprobe.recorder import EnvironmentCrashedError, record_random


class Odd(gym.Env):
    """Three steps; the reward and the flags are given."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012
    observation_space = gym.spaces.Box(-1, 1, (2,), np.float32)
    action_space = gym.spaces.Discrete(2)
    render_mode = "rgb_array"

    def __init__(self, reward=1.0, truncated=False):
        self.reward, self.truncated = reward, truncated

    def reset(self, *, seed=None, options=None):
        """Start."""
        super().reset(seed=seed)
        self.t = 0
        return np.zeros(2, np.float32), {}

    def step(self, action):
        """Go on."""
        self.t += 1
        return np.zeros(2, np.float32), self.reward, self.t == 3, self.truncated, {}

    def render(self):
        """A small picture."""
        return np.zeros((32, 32, 3), np.uint8)


@pytest.mark.parametrize(
    ("env", "match"),
    [
        (
            Odd(reward=np.array([2.0, 1.0])),
            r"expected a number as reward, got ndarray of shape \(2,\): several",
        ),
        (Odd(reward=None), "expected a number as reward, got NoneType"),
        (Odd(truncated=np.zeros(2, bool)), "expected truncated as True or False"),
    ],
)
def test_what_is_no_reward_is_named(env, match, tmp_path):
    """Play and record say what came and what to do instead of NumPy's words; the video stays."""
    with pytest.raises(TypeError, match=match):
        rlprobe.play(env, script=["left"] * 3, seed=0)
    with pytest.raises(EnvironmentCrashedError, match=f"episode 1, step 1: {match}"):
        record_random(env, tmp_path / "odd.mp4", episodes=1, seed=0)
    assert (tmp_path / "odd.mp4").stat().st_size > 0


def test_one_reward_in_an_array_is_taken_and_said(tmp_path):
    """A reward of shape (1,) counts as its number, with a warning."""
    with pytest.warns(UserWarning, match=r"shape \(1,\)"):
        result = rlprobe.play(Odd(reward=np.array([2.0])), script=["left"] * 3, seed=0)
    assert result.episodes[0].total == 6.0
    with pytest.warns(UserWarning, match=r"shape \(1,\)"):
        record_random(Odd(reward=np.array([2.0])), tmp_path / "one.mp4", episodes=1, seed=0)
