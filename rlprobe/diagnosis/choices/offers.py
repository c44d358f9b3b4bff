"""The offers of CashOut that a diagnosis makes to an agent whose critic cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from probe_envs import solve
from probe_envs.probes.cash_out import inside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Offers:
    """The sure rewards that are offered before one probe of values.

    Args:
        of: the probe inside.
        shares: the rewards, as shares of what entering is worth.
        robust: the shares among them at which the better choice is the same at every discount from 0.8 to 1.
        rewards: rewards in numbers, at which it is the same as well.
        scale: factor of the rewards inside.
        paid: the reward of entering itself.
        rest: the reward of the state that a sure reward ends with.
    """

    of: str
    shares: tuple[float, ...] = ()
    robust: tuple[float, ...] = ()
    rewards: tuple[float, ...] = ()
    scale: float = 1.0
    paid: float = 0.0
    rest: float = 0.0


OFFERS: Final = (
    Offers("Decoder", (0.6, 1.13)),
    Offers("TruncBoot", (0.2, 0.65, 1.4)),
    Offers("RandomExit", (0.55, 1.8), robust=(0.55,), scale=0.25, rest=-4.0),
    Offers("Constant", rewards=(0.5, 3.0), scale=-1.0, paid=1.0, rest=-4.0),
    Offers("Chain", (0.25, 0.68, 1.35), scale=4.0),
    Offers("TimeLimitLoop", (0.2, 0.67, 1.45), scale=0.2),
    Offers("BothFlags", (0.35, 0.85, 1.2)),
)
"""Each offer lies between the right value of entering and the one that some fault teaches.

Those that most faults change come first. Scales keep noisy errors below 1, where a Huber loss learns the
mean.
"""
LARGEST_SURE = 15.0
"""At discounts near 1, a larger value of entering is not learned in the time of a run."""


def offers(gamma: float, *, known: bool = True) -> Sequence[Mapping[str, Any]]:
    """Options of the CashOut probes for an agent that learns with the discount ``gamma``.

    Args:
        gamma: the discount.
        known: whether the agent is known to use it; otherwise only offers are made that do not depend on it.

    >>> offers(0.9)[0]
    {'of': 'Decoder', 'sure': (1.41, 2.66), 'scale': 1.0, 'paid': 0.0, 'rest': 0.0}
    """
    found = []
    for one in OFFERS:
        mdp = inside(one.of, one.scale)
        worth = one.paid + gamma * solve(mdp, gamma).value(next(iter(mdp.start)))
        shares = one.shares if known else one.robust
        sure = [min(share * worth, LARGEST_SURE) if share < 1 else share * worth for share in shares]
        sure = sorted({round(price, 2) for price in [*sure, *one.rewards] if price <= LARGEST_SURE})
        if sure:
            more = {"scale": one.scale, "paid": one.paid, "rest": one.rest}
            found.append({"of": one.of, "sure": tuple(sure), **more})
    return found
