"""Actions at the bounds of their space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box

from rlprobe.monitors.findings.finding import Finding
from rlprobe.output.numbers import percent

if TYPE_CHECKING:
    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.episodes.book import Book
    from rlprobe.monitors.holding import Moment

AT_BOUNDS_ABOVE = 0.5
LATE = 0.9
FEWEST_LATE = 2


class Actions:
    """Judges the actions that were taken.

    Args:
        curves: where the values go.
    """

    def __init__(self, curves: Curves) -> None:
        self.curves = curves

    def see(self, actions: list[Any], space: Any, now: Moment) -> None:
        """Actions of the latest episodes."""
        if isinstance(space, Box) and np.isfinite(space.low).all() and np.isfinite(space.high).all():
            taken = np.stack([np.asarray(action).reshape(space.shape) for action in actions])
            self.curves.add("actions_at_bounds", now.step, share_at_bounds(taken, space.low, space.high))

    def judge(self, book: Book, now: Moment) -> list[Finding]:
        """Whether most components are at a bound, and the return does not rise."""
        curve = self.curves.get("actions_at_bounds")
        late = [v for s, v in zip(curve.steps, curve.values, strict=True) if s >= LATE * now.step]
        if not now.final or len(late) < FEWEST_LATE or min(late) <= AT_BOUNDS_ABOVE:
            return []
        if book.improved() is not False:
            return []
        words = (
            f"{percent(late[-1])} of the components of actions are at a bound, and the return is no better"
        )
        since = next(s for s, v in zip(curve.steps, curve.values, strict=True) if v > AT_BOUNDS_ABOVE)
        return [Finding("actions-at-bounds", "look", since, words, late[-1], (None, AT_BOUNDS_ABOVE))]


def share_at_bounds(actions: Any, low: Any, high: Any) -> float:
    """Of the components of actions that are within a thousandth of a bound.

    >>> share_at_bounds(np.array([[1.0, 0.0], [2.0, -1.0]]), np.array([-1, -1]), np.array([1, 1]))
    0.75
    """
    room = 1e-3 * (high - low)
    return float(np.mean((actions <= low + room) | (actions >= high - room)))
