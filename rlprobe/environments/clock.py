"""How long one action lasts in the environment's own time, for play, record, inspect and frame skips."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from fractions import Fraction
from numbers import Real
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from rlprobe.environments.layers import layers, mean_skip

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_FPS: Final = 30
ATARI_FRAMES_PER_SECOND: Final = 60


@dataclass(frozen=True)
class Clock:
    """Seconds per action, and where the number comes from.

    Args:
        dt: seconds of the environment's own time per action; None if unknown.
        source: where the number comes from.
        skip: steps of the environment per action, from the wrappers.
        disagreement: what another source says, if it differs by more than 5 %.
    """

    dt: float | None
    source: str
    skip: float
    disagreement: str = ""

    @property
    def hz(self) -> float | None:
        """Actions per second."""
        return 1.0 / self.dt if self.dt else None


def clock_of(env: Any, dt: float | None = None) -> Clock:
    """The clock of ``env``: its physics (``dt``, ``tau``, the console's frames), else its ``render_fps``.

    Args:
        env: the environment, wrappers included.
        dt: seconds per action if the user knows better.

    >>> import gymnasium
    >>> clock_of(gymnasium.make("CartPole-v1"))
    Clock(dt=0.02, source='tau of the environment', skip=1, disagreement='')
    """
    skip = mean_skip(env)
    if dt is not None:
        return Clock(dt, "--dt", skip)
    base = list(layers(env))[-1]
    fps = declared_fps(getattr(base, "metadata", None) or {})
    rate = skip / fps if fps else None
    found = _own_time(base)
    if found is None:
        return Clock(rate, "render_fps" if rate else "", skip)
    seconds, source = found[0] * skip, found[1]
    off = rate is not None and abs(rate - seconds) > 0.05 * seconds
    other = f"render_fps={fps:g} says {rate:.3g} s per action, {source} {seconds:.3g} s" if off else ""
    return Clock(seconds, source, skip, other)


def declared_fps(metadata: Mapping[str, Any]) -> float | None:
    """``render_fps`` of ``metadata``; None, with a warning, for what cannot be a rate.

    >>> declared_fps({"render_fps": 50}), declared_fps({})
    (50.0, None)
    """
    fps = metadata.get("render_fps")
    if fps is None:
        return None
    if is_rate(fps):
        return float(fps)
    warnings.warn(
        f"metadata['render_fps'] should be frames per second as a number above 0, got {fps!r}: it is taken "
        f"as not given ({DEFAULT_FPS} per second where a rate is needed). Correct the environment's metadata",
        stacklevel=2,
    )
    return None


def is_rate(value: Any) -> TypeGuard[float]:
    """Whether ``value`` is a positive, finite number."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return 0 < float(value) < math.inf


def step_rate(env: Any) -> Fraction:
    """Steps per second of the bare environment; 30 if unknown."""
    clock = clock_of(env)
    return _fraction(clock.skip / clock.dt if clock.dt else DEFAULT_FPS)


def decision_rate(env: Any) -> Fraction:
    """Actions per second that the agent chooses: the step rate divided by every frame skip.

    >>> import gymnasium as gym
    >>> from rlprobe import FrameSkip
    >>> decision_rate(FrameSkip(gym.make("CartPole-v1"), 4))
    Fraction(25, 2)
    """
    clock = clock_of(env)
    return _fraction(1 / clock.dt if clock.dt else DEFAULT_FPS / clock.skip)


def _fraction(rate: float) -> Fraction:
    return Fraction(rate).limit_denominator(1000) or Fraction(1, 1000)


def _own_time(base: Any) -> tuple[float, str] | None:
    """Seconds per step as the environment itself keeps them."""
    if hasattr(base, "ale"):
        frames = getattr(base, "_frameskip", 4)
        mean = frames if isinstance(frames, int) else (frames[0] + frames[1] - 1) / 2
        return mean / ATARI_FRAMES_PER_SECOND, "60 frames a second of the console"
    for name in ("dt", "tau"):
        value = getattr(base, name, None)
        if is_rate(value):
            return float(value), f"{name} of the environment"
    return None
