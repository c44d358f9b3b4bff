"""CashOut: enter a probe of values, or take a sure reward. Which value does the agent expect?

Half of the episodes start with an offer: action 0 enters the probe ``of``, action 1 takes the reward ``sure``
and terminates. Most others start in the probe itself, so that its values are learned whatever the agent
prefers; a tenth of all is one step without reward, which shows what the sure reward ends with. Further
actions repeat these two.

**Exact answer.** Enter, if ``gamma`` times the value of the first state is above ``sure``; 6 at gamma 0.9 is
less than entering TimeLimitLoop, which is worth 9.

**What a failure means.** The agent believes in a wrong value. One that takes 6 treats the time limit as a
termination, or discounts twice. Several offers before several probes show which: it is how agents are
diagnosed whose critic cannot be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from probe_envs.mdp import MDP
from probe_envs.options import OptionError, number
from probe_envs.probe import Probe
from probe_envs.probes import values
from probe_envs.transform import OFFER, cash_out, scale_rewards

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from probe_envs.mdp import Law, State

PRACTICE = 0.5
"""Share of the episodes that start inside, without an offer."""
SHORTER: Mapping[str, Mapping[str, Any]] = {"Chain": {"length": 6}}
"""Options with which a probe is learned sooner."""
_INSIDE = {probe.name: probe for probe in values.PROBES}


def inside(of: str, scale: float = 1.0) -> MDP:
    """The probe of values called ``of`` with its rewards times ``scale``."""
    if of not in _INSIDE:
        raise OptionError(f"of: expected a probe of values ({', '.join(_INSIDE)}), got {of!r}")
    return scale_rewards(_INSIDE[of].mdp(**SHORTER.get(of, {})), number("scale", scale))


def offered(of: str = "TimeLimitLoop", sure: float = 6.0, scale: float = 1.0) -> MDP:
    """A sure reward, or the first state of the probe of values called ``of``."""
    return cash_out(inside(of, scale), number("sure", sure), practice=PRACTICE, first_only=True)


ENTERED, CASHED = (OFFER, 0), (OFFER, 1)
"""The two states of ``both_choices`` in which the choice is made already."""


def both_choices(of: str = "TimeLimitLoop", sure: float = 6.0, scale: float = 1.0) -> MDP:
    """The same with the choice made by chance and seen.

    The values at ``ENTERED`` and ``CASHED`` are those of the two actions.

    >>> from probe_envs import solve
    >>> solution = solve(both_choices(), gamma=0.9)
    >>> round(solution.value(ENTERED), 6), solution.value(CASHED)
    (9.0, 6.0)
    """
    mdp = offered(of, sure, scale)

    def step(state: State, _: int) -> Law:
        return mdp.step(OFFER, state[1]) if state in {ENTERED, CASHED} else mdp.step(state, 0)

    def observe(state: State) -> NDArray[np.float32]:
        plain = OFFER if state in {ENTERED, CASHED} else state
        return np.append(mdp.observe(plain), np.float32(state == CASHED))

    def observe_end(state: State) -> NDArray[np.float32]:
        plain = OFFER if state in {ENTERED, CASHED} else state
        return np.append(mdp.end_view(plain), np.float32(0))

    offers = mdp.start[OFFER]
    inside = {state: chance for state, chance in mdp.start.items() if state != OFFER}
    return MDP(
        start={ENTERED: offers / 2, CASHED: offers / 2, **inside},
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
