"""The offers of CashOut that a diagnosis makes to an agent whose critic cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from probe_envs import solve
from probe_envs.probes.cash_out import inside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OFFERS: Final = (
    # the probe inside, the factor of its rewards, the offer as a share of the value of entering, and whether
    # the better choice is the same at every discount from 0.8 to 1
    ("Constant", 1.0, 0.5, True),
    ("RandomExit", 1.0, 0.55, True),
    ("TimeLimitLoop", 1.0, 0.67, False),
    ("Decoder", 1.0, 1.13, False),
    ("Chain", 4.0, 0.75, False),
    ("Chain", 4.0, 1.6, False),
    ("TruncBoot", 1.0, 0.65, False),
    ("BothFlags", 1.0, 1.2, False),
    ("RandomExit", 1.0, 1.8, False),
    ("TimeLimitLoop", 1.0, 1.45, False),
)
"""Each offer lies between the right value of entering and the one that some fault teaches."""
LARGEST_SURE = 15.0
"""At discounts near 1, a larger value of entering is not learned in the time of a run."""


def offers(gamma: float, *, known: bool = True) -> Sequence[Mapping[str, Any]]:
    """Options of the CashOut probes for an agent that learns with the discount ``gamma``.

    Args:
        gamma: the discount.
        known: whether the agent is known to use it; otherwise only offers are made that do not depend on it.

    >>> offers(0.9)[2]
    {'of': 'TimeLimitLoop', 'sure': 6.03, 'scale': 1.0}
    """
    found = []
    for of, scale, share, robust in OFFERS:
        mdp = inside(of, scale)
        worth = gamma * solve(mdp, gamma).value(next(iter(mdp.start)))
        sure = round(share * worth, 2)
        if share < 1:
            sure = min(sure, LARGEST_SURE)
        if (known or robust) and sure <= LARGEST_SURE:
            found.append({"of": of, "sure": sure, "scale": scale})
    return found
