"""How long an action lasts: one answer for every command, under every library's frame skip."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from rlprobe import FrameSkip
from rlprobe.environments.clock import clock_of, decision_rate, step_rate
from rlprobe.environments.layers import mean_skip, step_accounting


class Still(gym.Env):
    """Nothing happens, at the rate that is asked for."""

    observation_space = gym.spaces.Box(0, 255, (210, 160, 3), np.uint8)
    action_space = gym.spaces.Discrete(4)

    def __init__(self, render_fps=30, **own):
        self.metadata = {"render_modes": ["rgb_array"], "render_fps": render_fps}
        vars(self).update(own)

    def get_action_meanings(self):
        """As the Atari wrappers ask for them."""
        return ["NOOP", "UP", "DOWN", "LEFT"]

    def reset(self, *, seed=None, options=None):
        """Show nothing."""
        super().reset(seed=seed)
        return np.zeros((210, 160, 3), np.uint8), {}

    def step(self, action):
        """Show nothing."""
        return np.zeros((210, 160, 3), np.uint8), 0.0, False, False, {}


def test_stable_baselines3s_atari_wrapper_counts_its_skip_once():
    """AtariWrapper makes 4 steps of an action, not 4 of its own times 4 of the wrapper inside."""
    atari = pytest.importorskip("stable_baselines3.common.atari_wrappers")
    env = atari.AtariWrapper(Still(60), terminal_on_life_loss=False)
    assert mean_skip(env) == 4
    assert step_accounting(env) == "each action lasts 4 steps of the environment"
    assert decision_rate(env) == 15
    assert clock_of(env).dt == pytest.approx(4 / 60)
    assert step_rate(env) == 60


@pytest.mark.parametrize(
    ("env", "seconds"),
    [
        (lambda: gym.make("Pendulum-v1"), 0.05),  # dt, though its render_fps says 30
        (lambda: FrameSkip(gym.make("Pendulum-v1"), 4), 0.2),
        (lambda: gym.wrappers.MaxAndSkipObservation(gym.make("CartPole-v1"), 3), 0.06),
        (lambda: FrameSkip(gym.make("CartPole-v1"), (1, 4)), 0.05),
        (lambda: gym.make("MountainCar-v0"), 1 / 30),
        (lambda: Still(ale=None, _frameskip=(2, 5)), 3 / 60),
    ],
)
def test_the_rate_of_decisions_is_the_clock_of_the_physics(env, seconds):
    """Rates (play, record) and seconds (inspect) agree; the physics comes before render_fps."""
    env = env()
    assert clock_of(env).dt == pytest.approx(seconds)
    assert float(decision_rate(env)) == pytest.approx(1 / seconds, rel=1e-3)


def test_the_skip_says_the_rate_that_the_clock_says():
    """control_hz is actions per second of the physics, also where render_fps says something else."""
    env = FrameSkip(gym.make("Pendulum-v1"), 4)
    assert env.control_hz == pytest.approx(5.0)
    assert FrameSkip(Still(None), 4).control_hz is None


@pytest.mark.parametrize("fps", ["30", True, float("inf"), float("nan"), 0, -5, [30]])
def test_a_rate_that_is_none_is_said_once_and_not_used(fps):
    """A render_fps that is no positive number is warned about, by value, and 30 is assumed."""
    with pytest.warns(UserWarning, match="render_fps") as said:
        env = FrameSkip(Still(fps), 2)
    assert len(said) == 1
    assert env.control_hz is None
    with pytest.warns(UserWarning, match="frames per second as a number above 0"):
        assert decision_rate(env) == 15


def test_an_environment_that_keeps_something_else_under_env_is_the_last_layer():
    """Only environments are layers: a simulator in an attribute called env is none."""
    assert clock_of(Still(20, env=object())).dt == 0.05
