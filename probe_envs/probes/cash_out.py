"""CashOut: enter a probe of values, or take a sure reward. Which value does the agent expect?

Most episodes start with an offer: action 0 enters the probe ``of``, action 1 takes the reward ``sure`` and
terminates. Others start in the probe itself, so that its values are learned whatever the agent prefers; 6 %
of all are one step with the reward ``rest``, which shows what the sure reward ends with. Further actions
repeat these two. Of several rewards ``sure``, each has its own offer: the choices show between which two of
them the value of entering lies.

**Exact answer.** Enter, if ``paid`` plus ``gamma`` times the value of the first state is above ``sure``; 6 at
gamma 0.9 is less than entering TimeLimitLoop, which is worth 9.

**What a failure means.** The agent believes in a wrong value. One that takes 6 treats the time limit as a
termination, or discounts twice. Several offers before several probes show which: it is how agents are
diagnosed whose critic cannot be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from probe_envs.mdp import END, MDP
from probe_envs.observe import plain
from probe_envs.options import OptionError, number, numbers
from probe_envs.probe import Probe
from probe_envs.probes import values
from probe_envs.transform import scale_rewards

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from probe_envs.mdp import Action, Law, State

    View: TypeAlias = Callable[[State], NDArray[np.float32]]

PRACTICE = 0.3
"""Share of the episodes that start inside, without an offer."""
OFFER, REST, BEFORE = "offer", "rest", "before"
AT_REST = 0.2
"""Share of the episodes of practice that start in the state that a sure reward ends with."""
SHORTER: Mapping[str, Mapping[str, Any]] = {"Chain": {"length": 6}}
"""Options with which a probe is learned sooner."""
_INSIDE = {probe.name: probe for probe in values.PROBES}


def cash_out(
    mdp: MDP,
    sure: float | Sequence[float],
    *,
    practice: float = 0.0,
    first_only: bool = False,
    paid: float = 0.0,
    rest: float = 0.0,
) -> MDP:
    """Offer a sure reward first: action 0 enters the MDP, action 1 takes ``sure`` and terminates.

    Entering is best exactly if ``paid + gamma * (value of entering) > sure``. So the choice of an agent
    without a readable critic shows what value it has learned. Further actions of the MDP also enter. The
    observation has one more component for each offer, which is 1 at this offer.

    Args:
        mdp: the MDP to enter.
        sure: the reward of not entering; several for as many offers, one of which an episode starts with.
        practice: share of the episodes without an offer. Most of them start in the MDP itself, so that an
            agent learns the values there even while it prefers the sure reward; with a time limit they
            start one step before it, as an episode with an offer does. A fifth of them starts in a state
            that terminates; a sure reward ends with the observation of this state.
        first_only: whether entering leads to the first state of ``mdp.start`` only.
        paid: the reward of entering itself.
        rest: the reward of the state that a sure reward ends with. If it is 0, the state has the value 0 for
            every learner.
    """
    starts = tuple(mdp.start.items())
    entries = ((starts[0][0], 1.0),) if first_only else starts
    actions = tuple(mdp.actions) if len(mdp.actions) > 1 else (0, 1)
    price = dict(zip(offer_states(sure), (sure,) if isinstance(sure, float | int) else sure, strict=True))

    def step(state: State, action: Action) -> Law:
        if state == REST:
            return {(END, rest): 1.0}
        if state == BEFORE:
            return {(first, 0.0): chance for first, chance in starts}
        if state not in price:
            return mdp.step(state, action if len(mdp.actions) > 1 else mdp.actions[0])
        if action == actions[1]:
            return {(END, price[state]): 1.0}
        return {(first, paid): chance for first, chance in entries}

    observe, observe_end = _views(mdp, tuple(price), practises=practice > 0)
    return MDP(
        start=_starts(mdp, tuple(price), practice),
        actions=actions,
        step=step,
        observe=observe,
        observe_end=observe_end,
        time_limit=None if mdp.time_limit is None else mdp.time_limit + 1,
    )


def _starts(mdp: MDP, offers: tuple[str, ...], practice: float) -> dict[State, float]:
    """How often episodes start at each offer, in the MDP itself and at rest."""
    start: dict[State, float] = dict.fromkeys(offers, (1.0 - practice) / len(offers))
    if practice:
        entry = {BEFORE: 1.0} if mdp.time_limit else mdp.start
        start |= {first: (1.0 - AT_REST) * practice * chance for first, chance in entry.items()}
        start[REST] = AT_REST * practice
    return start


def _views(mdp: MDP, offers: tuple[str, ...], *, practises: bool) -> tuple[View, View]:
    """What is seen in a state, and at the end of an episode that it was the last state of."""
    own = {*offers, REST, BEFORE}
    width = plain(mdp, mdp.observe(next(iter(mdp.start))), "cash_out").size

    def observe(state: State) -> NDArray[np.float32]:
        extra = np.array([state == offer for offer in offers], np.float32)
        if state in own:
            extra[0] -= state == REST
            return np.append(np.zeros(width, np.float32), extra)
        return np.append(np.asarray(mdp.observe(state), np.float32).reshape(-1), extra)

    def observe_end(state: State) -> NDArray[np.float32]:
        if state in own:
            return observe(REST if practises else state)
        return np.append(np.asarray(mdp.end_view(state), np.float32).reshape(-1), np.zeros(len(offers), "f4"))

    return observe, observe_end


def offer_states(sure: float | Sequence[float]) -> tuple[str, ...]:
    """The states in which ``sure`` is offered: one, or one for each of several rewards.

    >>> offer_states(6.0), offer_states((6.0, 13.5))
    (('offer',), ('offer 6', 'offer 13.5'))
    """
    if isinstance(sure, float | int):
        return (OFFER,)
    return tuple(f"{OFFER} {one:g}" for one in sure)


def inside(of: str, scale: float = 1.0) -> MDP:
    """The probe of values called ``of`` with its rewards times ``scale``."""
    if of not in _INSIDE:
        raise OptionError(f"of: expected a probe of values ({', '.join(_INSIDE)}), got {of!r}")
    return scale_rewards(_INSIDE[of].mdp(**SHORTER.get(of, {})), number("scale", scale))


def offered(
    of: str = "TimeLimitLoop",
    sure: float | Sequence[float] = 6.0,
    scale: float = 1.0,
    paid: float = 0.0,
    rest: float = 0.0,
) -> MDP:
    """A sure reward, or the first state of the probe of values called ``of``."""
    prices = numbers("sure", sure) if isinstance(sure, tuple | list) else number("sure", sure)
    if isinstance(prices, tuple) and len(set(offer_states(prices))) < len(prices):
        raise OptionError(f"sure: expected different rewards, got {sure!r}")
    paid, rest = number("paid", paid), number("rest", rest)
    return cash_out(inside(of, scale), prices, practice=PRACTICE, first_only=True, paid=paid, rest=rest)


def after(offer: str, choice: int) -> tuple[str, int]:
    """The state of ``both_choices`` in which the choice at ``offer`` is made: 0 enters, 1 does not."""
    return offer, choice


def both_choices(
    of: str = "TimeLimitLoop",
    sure: float | Sequence[float] = 6.0,
    scale: float = 1.0,
    paid: float = 0.0,
    rest: float = 0.0,
    *,
    entering: float = 0.5,
) -> MDP:
    """The same with the choices made by chance and seen: to enter with the chance ``entering``.

    The values of its states ``after(offer, choice)`` are those of the two actions at the offer.

    >>> from probe_envs import solve
    >>> solution = solve(both_choices(), gamma=0.9)
    >>> round(solution.value(after("offer", 0)), 6), solution.value(after("offer", 1))
    (9.0, 6.0)
    """
    mdp = offered(of, sure, scale, paid, rest)
    offers = offer_states(sure)
    taken = {after(offer, choice): (offer, choice) for offer in offers for choice in (0, 1)}

    def step(state: State, _: int) -> Law:
        return mdp.step(*taken[state]) if state in taken else mdp.step(state, 0)

    def observe(state: State) -> NDArray[np.float32]:
        offer, choice = taken.get(state, (state, 0))
        return np.append(mdp.observe(offer), np.float32(choice))

    def observe_end(state: State) -> NDArray[np.float32]:
        offer, _ = taken.get(state, (state, 0))
        return np.append(mdp.end_view(offer), np.float32(0))

    start = {state: chance for state, chance in mdp.start.items() if state not in offers}
    share = (entering, 1.0 - entering)
    return MDP(
        start={
            **{state: mdp.start[offer] * share[choice] for state, (offer, choice) in taken.items()},
            **start,
        },
        actions=(0,),
        step=step,
        observe=observe,
        observe_end=observe_end,
        time_limit=mdp.time_limit,
    )


PROBE = Probe(
    name="CashOut",
    declare=offered,
    asks="action",
    isolates=("truncation-as-termination", "no-discount", "termination-ignored", "reward-clipped"),
    prerequisites=("ContextBandit",),
)
