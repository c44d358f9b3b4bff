"""The likelihood of the results of one trial under a prediction.

Predictions are exact, so learned values differ from them by learning noise only: Student's t around each
predicted value. A small probability is left for a result that no explanation predicts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.fixed_point import Values
from rlprobe.faults.prediction import converged_values
from rlprobe.faults.transitions import Learner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.diagnosis.judging.result import Result

P_UNTRAINED_STAYS = 0.3
"""Probability that values which are never trained keep their initial numbers: in a table they do, in a
network they move with the others."""

SEEDS_APART = 0.05
"""How far the values of one seed are expected to lie from those of another, as a share of their size, beside
noise and drift. Values that have converged and differ more do not have the same targets."""

INTERFERENCE, LARGER_FROM = 0.015, 1.5
"""A value of a network is off by about this share of the largest one, where that is so many times as large as
any exact value."""

MAXIMUM_BIAS = 0.04
"""Where targets hold the largest or smallest of several noisy action values, they are off by about this share
of the largest exact value, or of 1."""

SLOWS_BELOW = 0.9
"""Values slow down if they moved, in the last quarter of a run, less than this share of what they did in the
quarter before. The rest of their way is extrapolated with at most this share."""
GROWS_AS_PREDICTED, SLOWS_DOWN, DOES_NOT_GROW = 0.5, -2.5, -7.0
"""Log factors on the probability of a value where growth without bound is predicted: it grows, it moves that
way but ever less, or neither."""

LEAST_SIGMA = 0.02
"""Standard deviation of a learned value of size 1 or less around the predicted one, at least."""

MEANINGFUL_FACTOR_ABOVE = 0.1
"""Values scaled by a smaller factor cannot be told from values that have not moved."""


def value_likelihood(result: Result, predicted: Values, loss: str = "squared") -> float:
    """Log probability of the learned values of a trial under a prediction for a critic with this loss."""
    runs, exact, scale = result.runs, np.asarray(result.expected), _scale(result)
    stray = -np.log(20.0 * scale)
    weight = _weight(len(exact))
    diverged = sum(run.diverged for run in runs) * 2 > len(runs)
    if diverged:
        wild = not (predicted.stable and np.isfinite(predicted.mean).all())
        chance = 0.9 if wild and not _goes_elsewhere(result, predicted.mean) else 1e-4
        return float((stray.sum() + np.log(chance)) * weight)
    finite = [run for run in runs if not run.diverged]
    values = np.array([run.values for run in finite])
    if predicted.of_runs is not None and np.isfinite(predicted.of_runs).all():
        values += predicted.mean - predicted.of_runs[[not run.diverged for run in runs]]
    mean, drift = values.mean(axis=0), np.mean(np.array([run.drift for run in finite]), axis=0)
    noise = np.mean(np.array([run.noise for run in finite]), axis=0)
    if not predicted.stable:
        chance = 0.4 if wanders(result) else 0.01 if result.outcome == "pass" else 0.05
        either = np.where(np.isinf(predicted.mean), predicted.mean, np.copysign(np.inf, mean - exact))
        grows = float(_growing(result, mean, either).sum())
        anywhere = -np.inf if _goes_elsewhere(result, predicted.mean) else float(stray.sum() + np.log(chance))
        return max(grows, anywhere) * weight
    spread = values.std(axis=0, ddof=1) if len(values) > 1 else SEEDS_APART * scale
    spread = np.minimum(spread, SEEDS_APART * scale + 2.0 * (noise + drift))
    mu = np.where(np.isfinite(predicted.mean), predicted.mean, 0.0)
    moved = np.zeros_like(mu) if result.trial.must_arrive_in_time else 1.5 * drift
    moved = np.maximum(moved, on_the_way(result, mean, mu))
    sigma = np.sqrt(
        (LEAST_SIGMA * np.maximum(1.0, abs(mu))) ** 2
        + spread**2 / len(values)
        + moved**2
        + (0.3 * noise) ** 2
        + interference(mu, exact) ** 2
        + maximum_bias(result, predicted) ** 2
    )
    free = max(predicted.spread, 0.06 if loss == "huber" else 0.0)
    sigma = np.hypot(sigma, free * abs(mu - exact))
    fit = -np.log(sigma) - 1.5 - 3.5 * np.log1p(((mean - mu) / sigma) ** 2 / 6.0)
    untouched = np.logaddexp(fit + np.log(P_UNTRAINED_STAYS), stray + np.log(1.0 - P_UNTRAINED_STAYS))
    fit = np.where(predicted.known, fit, untouched)
    fit = np.where(np.isfinite(predicted.mean), fit, _growing(result, mean, predicted.mean))
    return float(fit.sum() * weight)


def interference(predicted: NDArray[np.float64], exact: NDArray[np.float64]) -> float:
    """How far values are off beside a predicted one that is much larger than all exact ones.

    >>> interference(np.array([0.0, 10.0]), np.array([1.0, 3.0]))
    0.15
    >>> interference(np.array([0.0, 2.0]), np.array([1.0, 3.0]))
    0.0
    """
    largest = float(abs(predicted).max(initial=0.0))
    return INTERFERENCE * largest if largest > LARGER_FROM * abs(exact).max(initial=0.0) else 0.0


def on_the_way(
    result: Result, mean: NDArray[np.float64], predicted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """``(n,)`` how far learned values would still move to predicted ones; 0 for those that move away.

    A target network that is seldom copied moves values in steps, each smaller than the one before by the
    discount: ``trend * pace / (1 - pace)`` is left. Source: Aitken's extrapolation.
    """
    paces = [(run.trend, run.pace) for run in result.runs if run.pace is not None and not run.diverged]
    if not paces or result.trial.must_arrive_in_time:
        return np.zeros(len(mean))
    left = [trend * (share := np.minimum(pace, SLOWS_BELOW)) / (1.0 - share) for trend, pace in paces]
    ahead = np.mean(left, axis=0)
    return np.asarray(np.where(ahead * (predicted - mean) > 0.0, abs(ahead), 0.0))


def maximum_bias(result: Result, predicted: Values) -> NDArray[np.float64]:
    """``(n,)`` how far predicted action values may be off: a bias of targets adds up over the steps ahead.

    Only the steps count by which a prediction looks further ahead than the exact values do.

    Source: Thrun and Schwartz (1993), "Issues in using function approximation for reinforcement learning".
    """
    trial, run = result.trial, result.runs[0]
    if trial.must_arrive_in_time or predicted.horizon is None or not run.q_network:
        return np.zeros_like(predicted.mean)
    exact = converged_values(trial.transitions(reset_transitions=False), Learner(gamma=run.gamma))
    assert exact.horizon is not None
    beyond = np.nan_to_num(predicted.horizon, posinf=0.0, neginf=0.0) - exact.horizon[trial.observed.queried]
    size = max(1.0, float(abs(np.asarray(result.expected)).max()))
    return np.asarray(MAXIMUM_BIAS * size * np.maximum(beyond, 0.0))


def growth_likelihood(result: Result) -> float:
    """Log probability of the results of a trial if values grow without bound.

    They grow up, or down, or away from zero on the side of the exact ones, whichever fits best.
    """
    if result.trial.probe.asks != "value":
        return stray_likelihood(result)
    up = np.full(len(np.asarray(result.expected)), np.inf)
    away = np.where(np.asarray(result.expected) >= 0.0, up, -up)
    known = np.full(len(up), fill_value=True)
    return max(value_likelihood(result, Values(way, known)) for way in (up, -up, away))


def most_likely(result: Result) -> float:
    """Log probability of the results of a trial that no prediction exceeds: one that meets them exactly."""
    if result.trial.probe.asks != "value":
        return 0.0
    runs = [run for run in result.runs if not run.diverged]
    if not runs:
        return stray_likelihood(result)
    drift, noise = (np.mean([getattr(run, name) for run in runs], axis=0) for name in ("drift", "noise"))
    moved = 0.0 if result.trial.must_arrive_in_time else 1.5 * drift
    sigma = np.sqrt(LEAST_SIGMA**2 + moved**2 + (0.3 * noise) ** 2)
    fit = np.maximum(-np.log(sigma) - 1.5, GROWS_AS_PREDICTED - np.log(20.0 * _scale(result)))
    return float(fit.sum()) * _weight(len(fit))


def _growing(
    result: Result, mean: NDArray[np.float64], predicted: NDArray[np.float64]
) -> NDArray[np.float64]:
    """``(n,)`` log density of values that are predicted to grow without bound, up or down."""
    scale = _scale(result)
    grows = np.sign(predicted) * (mean - np.asarray(result.expected)) > 0.2 * scale
    way = np.where(_slows(result, len(mean)), SLOWS_DOWN, GROWS_AS_PREDICTED)
    return np.asarray(np.where(grows, way, DOES_NOT_GROW) - np.log(20.0 * scale))


def _goes_elsewhere(result: Result, predicted: NDArray[np.float64]) -> bool:
    """Whether values, in every run, grew to the other side of the exact ones than they should have."""
    sure, exact = np.isinf(predicted), np.asarray(result.expected)
    known = [run.values for run in result.runs if run.values is not None and np.isfinite(run.values).all()]
    return bool(known) and all(bool(((values - exact) * predicted < 0.0)[sure].any()) for values in known)


def _slows(result: Result, count: int) -> NDArray[np.bool_]:
    """``(n,)`` which values move ever less, in every run."""
    paces = [run.pace for run in result.runs if run.pace is not None and not run.diverged]
    return np.all(np.array(paces) < SLOWS_BELOW, axis=0) if paces else np.zeros(count, bool)


def unit_factor(mean: NDArray[np.float64], result: Result) -> float:
    """The factor that brings the predicted values closest to the learned ones; 1 if it is tiny."""
    learned = np.asarray(result.learned)
    if not np.isfinite(learned).all() or not mean.any():
        return 1.0
    factor = float(learned @ mean / (mean @ mean))
    return factor if factor > MEANINGFUL_FACTOR_ABOVE else 1.0


def with_offset(
    of_runs: NDArray[np.float64], horizon: NDArray[np.float64], result: Result
) -> NDArray[np.float64]:
    """``(R, n)`` predicted values, those of each run with the multiple of ``horizon`` that fits it best."""
    learned = np.array([run.values for run in result.runs], dtype=float)  # NaN without values
    if not np.isfinite(learned).all() or not horizon.any():
        return of_runs
    offsets = (learned - of_runs) @ horizon / (horizon @ horizon)
    return np.asarray(of_runs + offsets[:, None] * horizon)


def price_of_unit(result: Result) -> float:
    """Log cost of a factor or offset fitted to the values of a trial: its fit, averaged over its range.

    The range of factors is that of ``MEANINGFUL_FACTOR_ABOVE`` to its inverse, in logarithms; a fit is 2 %
    wide. That of offsets is about as many times as wide as a fit.
    """
    width = 0.02 * float(np.sqrt(2.0 * np.pi / min(len(np.ravel(result.expected)), 3)))
    return float(np.log(-2.0 * np.log(MEANINGFUL_FACTOR_ABOVE) / width))


def stray_likelihood(result: Result) -> float:
    """Log probability of the results of a trial if every result is about equally probable."""
    if result.trial.probe.asks != "value":
        return sum(not run.timed_out for run in result.runs) * float(np.log(0.25))
    count = len(result.trial.observed.queried)
    return float(-np.log(20.0 * _scale(result)).sum() * _weight(count))


def wanders(result: Result) -> bool:
    """Whether values are where they are by chance: noisy, diverged or still moving in some run."""
    return is_restless(result) or (result.outcome != "pass" and not all(run.settled for run in result.runs))


def is_restless(result: Result) -> bool:
    """Whether values stayed noisy instead of converging, or diverged in some runs."""
    scale = 0.15 * np.maximum(1.0, abs(np.asarray(result.expected)))
    return any(
        run.diverged or (run.noise is not None and bool((run.noise > scale).any())) for run in result.runs
    )


def _scale(result: Result) -> NDArray[np.float64]:
    """``(n,)``: the size of the exact values, at least 1."""
    return np.asarray(np.maximum(1.0, abs(np.asarray(result.expected))))


def _weight(count: int) -> float:
    """Errors of one critic are correlated: several values count for at most three independent ones."""
    return min(count, 3) / count
