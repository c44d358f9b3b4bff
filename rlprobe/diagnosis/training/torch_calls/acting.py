"""Watch which observation a network is given to act on at the first step of each episode."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_CALLS: Final = 2_000
"""Single observations that are looked at."""
LEAST_STARTS = 8
"""Episodes whose first action was chosen by a network; where most actions are random, they are few."""
KEPT: Final = "observation-kept-after-reset"


class Acting:
    """What was seen of the observations that are acted on.

    Args:
        now: the observation that the only environment shows, and, from a reset to the next step, the last one
            of the episode before, else None; None instead of both where that is not known.
        steps: the environment steps so far.
    """

    def __init__(self, now: Callable[[], tuple[Any, Any] | None], steps: Callable[[], int]) -> None:
        self._now, self._steps = now, steps
        self._calls, self._answered = 0, False
        self._stale: set[int] = set()

    @property
    def is_alone(self) -> bool:
        """Whether there is a single environment: several may all show the same."""
        return self._now() is not None

    def given(self, row: Any) -> None:
        """A network is about to be called with one observation.

        Between a reset and the next step that is to choose an action, or else to value the last observation
        of the episode before. So a single call with the observation of the reset is enough to clear an agent.
        """
        self._calls += 1
        if self._answered or self._calls > MOST_CALLS or (now := self._now()) is None:
            return
        shown, left = now
        if left is None or _same(shown, left):
            return
        numbers = row.detach().cpu().numpy()
        self._answered = _same(numbers, shown)
        if _same(numbers, left):
            self._stale.add(self._steps())

    @property
    def observed(self) -> dict[str, str]:
        """A sentence if what the reset returned was never acted on, but the observation before it was."""
        if self._answered or len(self._stale) < LEAST_STARTS:
            return {}
        return {
            KEPT: f"at the first step of {len(self._stale)} episodes, its network was given the last "
            "observation of the episode before, and never the one that reset() returned"
        }


def _same(one: Any, other: Any) -> bool:
    """Whether two observations are equal in float32, whatever their shape."""
    one, other = (np.asarray(each, np.float32).ravel() for each in (one, other))
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-6, atol=0.0))
