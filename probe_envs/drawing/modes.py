"""Which render modes there are, and what draws them; nothing is imported until something is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from probe_envs.drawing.graph import Moment

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from probe_envs.dynamics import Dynamics

RENDER_MODES = ("rgb_array", "ansi")
Artist = Callable[[int, Moment], Any]


def check_render_mode(render_mode: str | None) -> str | None:
    """``render_mode`` itself; raises ``ValueError`` on one that does not exist."""
    if render_mode is None or render_mode in RENDER_MODES:
        return render_mode
    raise ValueError(f"render_mode: expected 'rgb_array', 'ansi' or None, got {render_mode!r}")


def artist(dynamics: Dynamics, render_mode: str | None) -> Artist:
    """What draws ``dynamics`` in ``render_mode``.

    Raises:
        ValueError: the environment was made without a render mode.
    """
    if render_mode is None:
        raise ValueError("render() needs a render mode: gym.make(..., render_mode='rgb_array' or 'ansi')")
    if render_mode == "ansi":
        from probe_envs.drawing.text import Sketch

        return Sketch(dynamics)
    from probe_envs.drawing.picture import Picture

    return Picture(dynamics)


class Diary:
    """What has just happened in each of many environments; kept only if somebody wants to look."""

    def __init__(self, num_envs: int) -> None:
        self._elapsed = np.zeros(num_envs, dtype=np.int64)
        self._last: list[tuple[Any, float | None]] = [(None, None)] * num_envs

    def reset(self, numbers: NDArray[np.int64]) -> None:
        """Episodes start in the environments with the given numbers."""
        self._elapsed[numbers] = 0
        for i in numbers.tolist():
            self._last[i] = (None, None)

    def step(self, restarted: NDArray[np.bool_], actions: Any, rewards: NDArray[np.float64]) -> None:
        """A step was taken, which started an episode where ``restarted``."""
        self._elapsed += 1
        self._last = list(zip(actions, rewards.tolist(), strict=True))
        self.reset(np.flatnonzero(restarted))

    def moments(self) -> list[Moment]:
        """What has just happened, environment by environment."""
        return [Moment(n, *last) for n, last in zip(self._elapsed.tolist(), self._last, strict=True)]
