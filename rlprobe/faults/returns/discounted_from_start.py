"""Returns are discounted from the start of the episode, and not from their own step.

All rewards are multiplied by gamma to the power of their time and summed up from behind. The return of step t
is then too small by gamma to the power of t, and the more so, the longer the episode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.episodes import discount_so_far, monte_carlo, returns_to_go

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _from_start(t: Transitions) -> Transitions:
    """What follows a step does not depend on its time, so the mean of the product is that of the means."""
    return monte_carlo(t, discount_so_far(t) * returns_to_go(t))


FAULT = Fault(
    id="discounted-from-start",
    component="returns",
    look_at="the sum of discounted rewards: divide it by gamma ** t, or count the discount from step t on",
    wrong="returns = np.cumsum((rewards * gamma ** np.arange(T))[::-1])[::-1]",
    right="returns = np.cumsum((rewards * gamma ** np.arange(T))[::-1])[::-1] / gamma ** np.arange(T)",
    forms=(Form(name="by the time in the episode", change=_from_start, needs="monte-carlo"),),
    module=__name__,
)
