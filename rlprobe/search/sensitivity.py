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
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.extras import need

if TYPE_CHECKING:
    from rlprobe.search.table import Floats, Parameter, Trials

ALPHA: Final = 0.05
SHUFFLES: Final = 1_000
FEWEST_TRIALS: Final = 10
EFFICIENCY: Final = 0.93
"""Of ranks and a quadratic, measured: the power is that of so many times the trials."""
SHARE: Final = 0.3
"""The share of the variance for which the power is told."""


@dataclass(frozen=True)
class Effect:
    """What a parameter explains.

    Args:
        parameter: it.
        p: p-value, corrected for the number of parameters.
        share: of the variance of the ranks, beyond what chance explains.
        power: chance with which it would have been found if it explained 30 % of the variance.
    """

    parameter: Parameter
    p: float
    share: float
    power: float

    @property
    def matters(self) -> bool:
        """Whether noise alone explains it in less than 5 %."""
        return self.p <= ALPHA


def effects(trials: Trials) -> list[Effect]:
    """The effect of each parameter, the clearest first."""
    bases = [basis(parameter) for parameter in trials.parameters]
    left = [place for place, one in enumerate(bases) if one.shape[1]]
    target = scores(trials.values)
    found: dict[int, tuple[float, float]] = {}
    power = chance(bases, len(trials.values), left)
    while left:
        p_values, shares = _tested(target, [bases[place] for place in left])
        best = int(np.argmin(p_values))
        for place, p, share in zip(left, p_values, shares, strict=True):
            if place == left[best] or p_values[best] > ALPHA:
                found[place] = (float(p), float(share))
        if p_values[best] > ALPHA:
            break
        taken = left.pop(best)
        target = target - bases[taken] @ (bases[taken].T @ target)
    made = [
        Effect(parameter, *found.get(place, (1.0, 0.0)), power.get(place, 0.0))
        for place, parameter in enumerate(trials.parameters)
    ]
    return sorted(made, key=lambda effect: (effect.p, -effect.share))


def ranks(values: Floats) -> Floats:
    """``(n,)`` ranks with mean 0; equal values share theirs.

    >>> ranks(np.array([3.0, 1.0, 1.0])).tolist()
    [1.0, -0.5, -0.5]
    """
    distinct, place, count = np.unique(values, return_inverse=True, return_counts=True)
    shared = np.cumsum(count) - (count - 1) / 2
    found = shared[place] if len(distinct) else values
    return np.asarray(found - found.mean())


def scores(values: Floats) -> Floats:
    """``(n,)`` normal scores of the ranks: what the ranks would be, if the results were normal.

    >>> scores(np.array([3.0, 100.0, 1.0])).round(2).tolist()
    [0.0, 0.97, -0.97]
    """
    count = len(values)
    shares = (ranks(values) + count / 2) / count
    found = need("scipy.special", "rlprobe search").ndtri(shares)
    return np.asarray(found - found.mean())


def basis(parameter: Parameter) -> Floats:
    """``(n, k)`` orthonormal columns: a quadratic in the rank of a number, or the choices of a choice."""
    values = parameter.places
    if parameter.is_choice:
        columns = (values[:, None] == np.unique(values)[None]).astype(float)
    else:
        middle = ranks(values)
        columns = np.stack([middle, middle**2], axis=1)
    columns = columns - columns.mean(axis=0)
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    kept = sizes > 1e-9 * max(float(sizes.max(initial=0.0)), 1e-300)
    return np.asarray(left[:, kept])


def _tested(target: Floats, bases: list[Floats]) -> tuple[Floats, Floats]:
    """Corrected p-value and adjusted share of the variance of each basis."""
    shuffled = np.random.default_rng(0).permuted(np.tile(target, (SHUFFLES, 1)), axis=1)
    all_targets = np.vstack([target, shuffled])
    alone = np.stack([_p_values(all_targets, one) for one in bases])
    smallest = alone[:, 1:].min(axis=0)
    corrected = (1 + (smallest[None] <= alone[:, :1] * (1 + 1e-9)).sum(axis=1)) / (1 + SHUFFLES)
    count, total = len(target), float((target**2).sum()) or 1.0
    shares = [
        1
        - (1 - float(((one.T @ target) ** 2).sum()) / total) * (count - 1) / max(1, count - 1 - one.shape[1])
        for one in bases
    ]
    return corrected, np.maximum(0.0, shares)


def _p_values(targets: Floats, one: Floats) -> Floats:
    """P-value of the F-test of each row of targets."""
    count, columns = one.shape
    total = np.maximum((targets**2).sum(axis=1), 1e-300)
    explained = np.clip(((targets @ one) ** 2).sum(axis=1) / total, 0.0, 1 - 1e-12)
    freedom = count - 1 - columns
    if freedom < 1:
        return np.ones(len(targets))
    ratio = explained / columns / ((1 - explained) / freedom)
    return np.asarray(need("scipy.special", "rlprobe search").fdtrc(columns, freedom, ratio))


def chance(bases: list[Floats], count: int, left: list[int]) -> dict[int, float]:
    """Chance to find a parameter that explains 30 % of the variance, by parameter."""
    special = need("scipy.special", "rlprobe search")
    level = 1 - (1 - ALPHA) ** (1 / max(1, len(left)))
    found = {}
    for place in left:
        columns = bases[place].shape[1]
        freedom = count - 1 - columns
        if freedom < 1:
            found[place] = 0.0
            continue
        critical = special.fdtri(columns, freedom, 1 - level)
        found[place] = 1 - float(
            special.ncfdtr(columns, freedom, EFFICIENCY * count * SHARE / (1 - SHARE), critical)
        )
    return found
