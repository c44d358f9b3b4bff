"""What kind of learner an agent is: from its attributes, and from when it updates."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.diagnosis.run import may_be_monte_carlo
from rlprobe.faults.transitions import Learner

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

ENTROPY_NEGLIGIBLE_BELOW = 0.01
"""With a smaller entropy weight, values count as those of rewards alone."""
ENTROPY_CHANGE_ALLOWED = 0.2
"""Soft values are compared only if the entropy weight changed by at most this share of itself."""


@dataclass(frozen=True, kw_only=True)
class Method:
    """What the correct values depend on, besides the discount.

    Args:
        monte_carlo: whether values may be mean returns of whole episodes, which stop at a time limit.
        temperature: the weight of entropy in its values.
        steady: whether that weight stayed constant, so that soft values can be compared.
        quantiles: whether its critic learns quantiles, whose mean is biased for skewed returns.
        recurrent: whether its networks have a memory.
        values_ends: whether they were asked for the last observations of episodes.
        table: whether no value changes when another one is learned.
    """

    monte_carlo: bool = False
    temperature: float = 0.0
    steady: bool = True
    quantiles: bool = False
    recurrent: bool = False
    values_ends: bool = False
    table: bool = False

    @property
    def warm(self) -> bool:
        """Whether its values contain a relevant amount of entropy."""
        return self.temperature > ENTROPY_NEGLIGIBLE_BELOW

    def learners(self, trial: Trial, gamma: float) -> tuple[Learner, ...]:
        """How a correct critic of this method may form its targets on ``trial``."""
        plain = Learner(gamma=gamma, entropy=self.entropy(trial))
        return (plain, replace(plain, lam=1.0, bootstraps=False)) if self.monte_carlo else (plain,)

    def entropy(self, trial: Trial) -> float:
        """What the entropy of one step adds to its values on ``trial``."""
        return trial.entropy(self.temperature) if self.warm else 0.0


def method_of(runs: Iterable[Run]) -> Method:
    """The method of the agent of these runs; its entropy weight is that of runs whose values are judged."""
    known = list(runs)
    if not known:
        return Method()
    run = known[0]
    valued = [run for run in known if run.values is not None] or known
    return Method(
        monte_carlo=_learns_from_whole_episodes(known),
        temperature=max(run.temperature for run in valued),
        steady=all(
            run.cooling <= ENTROPY_CHANGE_ALLOWED * max(run.temperature, ENTROPY_NEGLIGIBLE_BELOW)
            for run in valued
        ),
        quantiles=run.loss == "quantile",
        recurrent=run.recurrent,
        values_ends=any(one.values_ends for one in known),
        table=_begins_as_a_table(known),
    )


def _begins_as_a_table(runs: Iterable[Run]) -> bool:
    """Whether all observations have one value before learning: a network at random has different ones."""
    several = [run.initial for run in runs if run.initial is not None and len(run.initial) > 1]
    return bool(several) and all(not np.ptp(initial) for initial in several)


def _learns_from_whole_episodes(runs: list[Run]) -> bool:
    """Whether its returns are sums to the end of an episode: from its attributes and from when it updates.

    With ``gae_lambda = 1`` and no ``rollout_length`` they are, unless its values changed in the middle of an
    episode. Without these attributes they are if its values changed only at ends of episodes.
    """
    run = runs[0]
    seen = [one.whole_episodes for one in runs if one.whole_episodes is not None]
    if not may_be_monte_carlo(run.rollout, run.on_policy, run.lam):
        return False
    return all(seen) if run.lam == 1.0 else bool(seen) and all(seen)
