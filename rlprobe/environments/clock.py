"""How often per second an environment moves, and how often its agent decides."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import gymnasium as gym

DEFAULT_FPS = 30


def step_rate(env: gym.Env[Any, Any]) -> Fraction:
    """Steps per second of the bare environment: its ``render_fps``, or 30 where it names none."""
    return _positive(env.unwrapped.metadata.get("render_fps"))


def decision_rate(env: gym.Env[Any, Any]) -> Fraction:
    """Actions per second that the agent chooses: the step rate divided by every frame skip.

    ``rlprobe.FrameSkip`` divides ``render_fps`` itself; the skips of Gymnasium's and Stable-Baselines3's
    wrappers, which do not, are found among the wrappers.

    >>> import gymnasium as gym
    >>> from rlprobe import FrameSkip
    >>> decision_rate(FrameSkip(gym.make("CartPole-v1"), 4))
    Fraction(25, 2)
    """
    rate = _positive(env.metadata.get("render_fps"))
    layer: Any = env
    while hasattr(layer, "env"):
        if type(layer).__name__ in {"MaxAndSkipObservation", "MaxAndSkipEnv"}:
            rate /= int(layer._skip)  # noqa: SLF001 - these wrappers offer no public name
        elif type(layer).__name__ == "AtariPreprocessing":
            rate /= int(layer.frame_skip)
        layer = layer.env
    return rate


def _positive(fps: Any) -> Fraction:
    return Fraction(fps).limit_denominator(1000) if fps and fps > 0 else Fraction(DEFAULT_FPS)
