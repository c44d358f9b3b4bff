r"""Which parameters explain the results, with a null that knows how many were tried.

The results become normal scores of their ranks. For each parameter a quadratic in its rank (or a mean for
each choice) is fitted; its p-value is that of the F-test. The results are then shuffled 1,000 times, and
the *smallest* p-value over all parameters is
noted: a parameter matters if its p-value is smaller than that of 95 % of the shuffles. So a study of pure
noise names nothing in 95 % of cases, however many parameters it has. What is found is taken out of the
results, and the others are tested again.

Source: Westfall and Young (1993), "Resampling-based multiple testing", the step-down minimum of p-values.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.search.statistics.fitting import basis, p_values, scores
from rlprobe.search.statistics.power import Test, power_of

if TYPE_CHECKING:
    from rlprobe.search.statistics.power import Power
    from rlprobe.search.table import Floats, Parameter, Trials

ALPHA: Final = 0.05
SHUFFLES: Final = 1_000
FEWEST_TRIALS: Final = 10


@dataclass(frozen=True)
class Effect:
    """What a parameter explains.

    Args:
        parameter: it.
        p: p-value, corrected for the number of parameters.
        share: of the variance of the ranks, beyond what chance explains.
        test: what it was tested with.
    """

    parameter: Parameter
    p: float
    share: float
    test: Test

    @cached_property
    def power(self) -> Power:
        """Chances with which it would have been found if it explained 30 % of the variance."""
        return power_of(self.parameter, self.test)

    @property
    def matters(self) -> bool:
        """Whether noise alone explains it in less than 5 %."""
        return self.p <= ALPHA


def effects(trials: Trials) -> list[Effect]:
    """The effect of each parameter, the clearest first."""
    bases = [basis(parameter) for parameter in trials.parameters]
    left = [place for place, one in enumerate(bases) if one.shape[1]]
    target = results = scores(trials.values)
    found: dict[int, tuple[float, float]] = {}
    critical = 0.0
    while left:
        tested, shares, level = _tested(target, [bases[place] for place in left])
        critical = critical or level
        best = int(np.argmin(tested))
        for place, p, share in zip(left, tested, shares, strict=True):
            if place == left[best] or tested[best] > ALPHA:
                found[place] = (float(p), float(share))
        if tested[best] > ALPHA:
            break
        taken = left.pop(best)
        target = target - bases[taken] @ (bases[taken].T @ target)
    made = [
        Effect(parameter, *found.get(place, (1.0, 0.0)), Test(bases[place], np.sort(results), critical))
        for place, parameter in enumerate(trials.parameters)
    ]
    return sorted(made, key=lambda effect: (effect.p, -effect.share))


def _tested(target: Floats, bases: list[Floats]) -> tuple[Floats, Floats, float]:
    """Corrected p-value and adjusted share of the variance of each basis; the p-value that is found."""
    shuffled = np.random.default_rng(0).permuted(np.tile(target, (SHUFFLES, 1)), axis=1)
    all_targets = np.vstack([target, shuffled])
    alone = np.stack([p_values(all_targets, one) for one in bases])
    smallest = alone[:, 1:].min(axis=0)
    corrected = (1 + (smallest[None] <= alone[:, :1] * (1 + 1e-9)).sum(axis=1)) / (1 + SHUFFLES)
    count, total = len(target), float((target**2).sum()) or 1.0
    shares = [
        1
        - (1 - float(((one.T @ target) ** 2).sum()) / total) * (count - 1) / max(1, count - 1 - one.shape[1])
        for one in bases
    ]
    return corrected, np.maximum(0.0, shares), float(np.quantile(smallest, ALPHA))
