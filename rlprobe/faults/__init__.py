"""The fault catalogue: one fault per file, and one tuple that lists them all."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from rlprobe.faults import (
    acting,
    critics,
    ends,
    networks,
    observed,
    returns,
    rewards,
    soft,
    storage,
    targets,
    unnamed,
    updates,
    wrappers,
)
from rlprobe.faults.prediction import predict
from rlprobe.faults.transitions import Learner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlprobe.faults.declaration import Fault

__all__ = ["FAULTS", "WRAPPER_FAULTS", "Learner", "UnknownFaultError", "candidates", "fault", "predict"]

FAULTS: Final[tuple[Fault, ...]] = (
    *targets.FAULTS,
    *critics.FAULTS,
    *returns.FAULTS,
    *ends.FAULTS,
    *rewards.FAULTS,
    *storage.FAULTS,
    *acting.FAULTS,
    *updates.INFERRED,
)
WRAPPER_FAULTS: Final[tuple[Fault, ...]] = wrappers.FAULTS
"""Missing or wrong wrappers. They have an effect on the wrapper probes only."""
SOFT_FAULTS: Final[tuple[Fault, ...]] = soft.FAULTS
"""Faults of agents whose values contain entropy."""
POPULATION_FAULTS: Final[tuple[Fault, ...]] = acting.OF_POPULATIONS
"""Faults of methods that keep the best of many candidates."""
NOT_OF_POPULATIONS: Final = frozenset({"advantage estimation", "losses", "optimizer", "exploration"})
"""Components that such methods do not have: gradients, and exploration beside that of their candidates."""
NEEDS: Final = {
    "priorities": "per-bias",
    "distributions": "distribution-mass-lost",
    "choices": "epsilon-schedule",
    "target networks": "target-never-synced",
}
"""Methods without which a fault cannot occur."""
OBSERVED_FAULTS: Final[tuple[Fault, ...]] = (*observed.FAULTS, *networks.FAULTS, *updates.FAULTS)
"""What is seen directly in what an agent does and answers; needs no inference."""
NAMED: Final[tuple[Fault, ...]] = (
    *FAULTS,
    *SOFT_FAULTS,
    *POPULATION_FAULTS,
    *OBSERVED_FAULTS,
    *WRAPPER_FAULTS,
)
"""All faults that a diagnosis can name."""
UNNAMED: Final[tuple[Fault, ...]] = unnamed.FAULTS
"""Faults that it does not name; each says why, and what sees it."""
CATALOGUE: Final[tuple[Fault, ...]] = (*NAMED, *UNNAMED)
"""All faults."""
ALIASES: Final = {"critic-not-optimised": "parameters-not-optimised"}
"""Other names of faults."""
_BY_ID = {fault.id: fault for fault in CATALOGUE}


def candidates(
    probes: Iterable[str], *, soft_values: bool = False, methods: frozenset[str] | None = None
) -> tuple[Fault, ...]:
    """The faults that can have an effect on the given probes.

    Args:
        probes: names of the probes.
        soft_values: whether the values of the agent contain entropy.
        methods: what the code of the agent speaks of; None if it is unknown. ``"elites"``: a population
            method, which has no gradient. The keys of ``NEEDS``: what a fault cannot occur without.

    >>> len(candidates(["Decoder"])) == len(FAULTS)
    True
    >>> candidates(["Decoder", "ScaledReward"])[-1].id
    'rewards-not-scaled'
    """
    names = frozenset(probes)
    shown = [one for one in WRAPPER_FAULTS if any(form.only_on & names for form in one.forms)]
    keeps_elites = methods is not None and "elites" in methods
    excluded = {NEEDS[one] for one in NEEDS if methods is not None and one not in methods}
    known = [
        one
        for one in FAULTS
        if one.id not in excluded and not (keeps_elites and one.component in NOT_OF_POPULATIONS)
    ]
    return (
        *known,
        *(SOFT_FAULTS if soft_values else ()),
        *(POPULATION_FAULTS if keeps_elites else ()),
        *shown,
    )


class UnknownFaultError(KeyError):
    """No fault has this id."""

    def __str__(self) -> str:
        return str(self.args[0])


def fault(name: str) -> Fault:
    """The fault with the given id, or another name of it.

    >>> fault("critic-not-optimised").id
    'parameters-not-optimised'

    Raises:
        UnknownFaultError: there is none; the message names the closest ids.
    """
    name = ALIASES.get(name, name)
    if name in _BY_ID:
        return _BY_ID[name]
    near = get_close_matches(name, _BY_ID, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(_BY_ID)}"
    raise UnknownFaultError(f"no fault is called {name!r}: {hint}")
