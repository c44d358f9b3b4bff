"""What a study says: which parameters matter, how much is noise, how robust it is, and what to try next."""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.search.statistics.curve import fitted, good_part
from rlprobe.search.statistics.sensitivity import FEWEST_TRIALS, effects
from rlprobe.stats.intervals import Share

if TYPE_CHECKING:
    from rlprobe.search.statistics.sensitivity import Effect
    from rlprobe.search.table import Parameter, Trials

NEAR_BEST: Final = 0.1
"""A trial is near the best if no more than this share of the range of results is missing."""
WORST_QUANTILE: Final = 0.05
LUCKY_QUANTILE: Final = 0.75


@dataclass(frozen=True)
class Study:
    """The result of a search.

    Args:
        trials: the table.
        effects: of each parameter, the clearest first.
        noise: share of the variance that seeds alone make; nothing without repeated seeds.
        robust: share of the trials that are within 90 % of the best.
        lucky: whether the best trial, repeated, falls below the 75th percentile of all; nothing if not
            repeated.
        next: the ``--param`` words of the next round.
    """

    trials: Trials
    effects: tuple[Effect, ...]
    noise: float | None
    robust: Share
    lucky: bool | None
    next: tuple[str, ...]

    @property
    def matters(self) -> list[Effect]:
        """The parameters that matter."""
        return [effect for effect in self.effects if effect.matters]

    @property
    def too_few(self) -> bool:
        """Whether there are too few trials to see even a parameter that explains most of the variance."""
        return len(self.trials.values) < FEWEST_TRIALS


def conclude(trials: Trials) -> Study:
    """The result of a table of trials."""
    found = effects(trials)
    return Study(
        trials,
        tuple(found),
        noise_share(trials),
        robustness(trials),
        lucky(trials),
        tuple(next_words(effect, trials) for effect in found),
    )


def noise_share(trials: Trials) -> float | None:
    """Mean variance within trials over the variance of all seeds.

    >>> from rlprobe.search.table import Trials
    >>> noise_share(Trials((), np.array([1.0, 5.0]), repeats=((0.0, 2.0), (4.0, 6.0))))
    0.3
    """
    if len(trials.repeats) < 2:
        return None
    freedom = [len(one) - 1 for one in trials.repeats]
    within = float(np.average([np.var(one, ddof=1) for one in trials.repeats], weights=freedom))
    every = np.concatenate([np.asarray(one, float) for one in trials.repeats])
    total = float(every.var(ddof=1))
    return round(min(1.0, within / total), 6) if total > 0 else None


def robustness(trials: Trials) -> Share:
    """The trials whose result is within 90 % of the best, counted from the 5th percentile on."""
    low, high = float(np.quantile(trials.values, WORST_QUANTILE)), float(trials.values.max())
    return Share(int((trials.values >= high - NEAR_BEST * (high - low)).sum()), len(trials.values))


def lucky(trials: Trials) -> bool | None:
    """Whether the best trial was luck: with new seeds its mean is below the 75th percentile of all trials."""
    if not trials.again:
        return None
    return bool(np.mean(trials.again) < np.quantile(trials.values, LUCKY_QUANTILE))


def next_words(effect: Effect, trials: Trials) -> str:
    """The ``--param`` words of a parameter for the next round: narrower if it matters, else as it was."""
    parameter = effect.parameter
    if parameter.is_choice:
        return f"{parameter.name}=choice:{','.join(_choices(effect, trials))}"
    curve = fitted(parameter, trials.values) if effect.matters else None
    left, right = good_part(curve) if curve else (0.0, 1.0)
    low, high = _rounded(parameter, left), _rounded(parameter, right)
    if not float(low) < float(high):
        low, high = _rounded(parameter, 0.0), _rounded(parameter, 1.0)
    return f"{parameter.name}={parameter.kind}:{low}..{high}"


def _choices(effect: Effect, trials: Trials) -> list[str]:
    """All choices, or the better half of them if the choice matters and there are more than two."""
    names = np.unique(effect.parameter.values.astype(str))
    means = [float(trials.values[effect.parameter.values.astype(str) == name].mean()) for name in names]
    kept = names[np.argsort(means)[::-1]][: max(2, (len(names) + 1) // 2)] if effect.matters else names
    return [str(name) for name in names if name in kept]


def _rounded(parameter: Parameter, place: float) -> str:
    """A value in few digits."""
    value = parameter.at(place)
    if parameter.kind == "pow2":
        return str(2 ** round(log2(value)))
    if parameter.kind in {"int", "logint"}:
        return str(round(value))
    return f"{value:.2g}"
