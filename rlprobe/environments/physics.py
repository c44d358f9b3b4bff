"""How long one action lasts in the environment's own time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlprobe.wrappers.face import layers
from rlprobe.wrappers.skipping import own_skip

if TYPE_CHECKING:
    import gymnasium as gym

ATARI_FRAMES_PER_SECOND = 60.0


@dataclass(frozen=True)
class Clock:
    """Seconds per action, and where the number comes from.

    Args:
        dt: seconds of the environment's own time from one action to the next; None if nothing says.
        source: what said so.
        skip: steps of the environment per action, from the wrappers.
        disagreement: what another source says, if it is more than 5 % off.
    """

    dt: float | None
    source: str
    skip: float
    disagreement: str = ""

    @property
    def hz(self) -> float | None:
        """Actions per second."""
        return 1.0 / self.dt if self.dt else None


def clock_of(env: gym.Env[Any, Any], dt: float | None = None) -> Clock:
    """The clock of ``env``.

    Args:
        env: the environment, wrappers included.
        dt: seconds per action if the user knows better.

    >>> import gymnasium
    >>> clock_of(gymnasium.make("CartPole-v1"))
    Clock(dt=0.02, source='tau of the environment', skip=1, disagreement='')
    """
    skips = [own_skip(layer) for layer in layers(env)]
    skip = math.prod(s if isinstance(s, (int, float)) else sum(s) / 2 for s in skips)
    if dt is not None:
        return Clock(dt, "--dt", skip)
    base = env.unwrapped
    fps = base.metadata.get("render_fps")
    rate = skip / float(fps) if isinstance(fps, (int, float)) and fps > 0 else None
    found = _own_time(base)
    if found is None:
        return Clock(rate, "render_fps" if rate else "", skip)
    seconds, source = found[0] * skip, found[1]
    off = rate is not None and abs(rate - seconds) > 0.05 * seconds
    other = f"render_fps={fps:g} says {rate:.3g} s per action, {source} {seconds:.3g} s" if off else ""
    return Clock(seconds, source, skip, other)


def _own_time(base: Any) -> tuple[float, str] | None:
    """Seconds per step as the environment itself keeps them."""
    if hasattr(base, "ale"):
        frames = getattr(base, "_frameskip", 4)
        mean = frames if isinstance(frames, int) else (frames[0] + frames[1] - 1) / 2
        return mean / ATARI_FRAMES_PER_SECOND, "60 frames a second of the console"
    for name in ("dt", "tau"):
        value = getattr(base, name, None)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf:
            return float(value), f"{name} of the environment"
    return None
