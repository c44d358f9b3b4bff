"""Choose which calls of networks are looked at: all of them would slow a script down too much."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlprobe.scripts.inside.gate import Gate

WATCHED_CLOSELY = 600
"""Calls that are all looked at, as are those in steps let through one by one; later those while acting, and
those before every ``SAMPLED``-th update, or one in as many steps."""
SAMPLED, MOST_SAMPLED = 8, 64
LOOKED_AFTER_STEPS = 100
"""A network that was not looked at for so many steps is looked at, so that what is read is never old."""
ACTING_SAMPLED = 5
"""Of the calls while acting, one in so many, and each time another one: rollouts may be as long, and one of
their calls may be that with gradients."""


class Sampling:
    """Counts the calls of each network, and chooses those to look at.

    Args:
        gate: knows when the environment was last stepped, and counts updates of optimisers.
    """

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self._calls = 0
        self._stamp: dict[int, tuple[int, int]] = {}
        self._looked: dict[int, int] = {}
        self._acting: dict[int, bool] = {}

    def called(self, module: Any, *, anew: bool = False) -> tuple[bool, bool]:
        """Whether ``module`` may act in this call, and whether to look at it.

        It acts in its first call since the last step, or in any of them if an episode has begun ``anew``.
        """
        self._calls += 1
        stamp, times = self._stamp.get(id(module), (-1, 0))
        first = stamp != self.gate.stamp
        if anew and not first:
            return True, self._acting[id(module)]
        times += first
        self._stamp[id(module)] = self.gate.stamp, times
        seldom = (times + times // ACTING_SAMPLED) % ACTING_SAMPLED if first else not self._sampled()
        old = not first and self.gate.stamp - self._looked.get(id(module), 0) >= LOOKED_AFTER_STEPS
        chosen = not seldom or old or self.gate.exactly or self._calls < WATCHED_CLOSELY
        if chosen:
            self._looked[id(module)] = self._looked.get(id(module), 0) if first else self.gate.stamp
        self._acting[id(module)] = chosen
        return first, chosen

    def _sampled(self) -> bool:
        """Whether the calls since the last update are looked at: all or none, as one explains the next.

        Where several optimisers take turns, each has its turn at being looked at.
        """
        updates = self.gate.updates
        one_of = min(MOST_SAMPLED, SAMPLED * max(1, updates // max(1, self.gate.learning_steps)))
        return (updates + updates // one_of) % one_of == 0
