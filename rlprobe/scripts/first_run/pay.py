"""Scripts that divide every reward by a constant: their values are right in another unit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.diagnosis.training.runner import CHUNK_STEPS
from rlprobe.faults.prediction import converged_values
from rlprobe.faults.transitions import Learner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rlprobe.diagnosis.trial import Trial
    from rlprobe.faults.transitions import Transitions
    from rlprobe.scripts.agent import ScriptAgent

MOST_STEPS = 5_000
LEARNING_S = 15.0
EXACT_WITHIN_SHARE = 0.25
"""If values are this close to the exact ones, the script counts as leaving rewards unchanged."""
ONE_FACTOR_WITHIN_SHARE = 0.12
"""Relative spread of the factors of several states up to which they are one factor."""
FAULT_ABOVE, FAULT_BELOW = 0.2, 5.0
"""Factors between these may be a fault, and are left to the diagnosis."""
USUAL_FROM_LOOKS, STILL_WITHIN_SHARE = 6, 0.03
"""From so many looks on, a value that differs by no more over four of them has settled."""
SHIFT_CLOSER = 0.4
"""Values agree with a shift of rewards if it leaves at most this share of their error."""
ROUND = np.array([1.0, 2.0, 2.5, 4.0, 5.0, 8.0, 10.0])


def pay_for(agent: ScriptAgent, trial: Trial) -> float:
    """The factor for the rewards of the probes that brings the values of a script into their unit.

    The script learns a probe of several values; if all of them are off by one factor below a fifth or above
    five, it divides or multiplies rewards, which is a choice and no fault.
    """
    expected = trial.exact(Learner(gamma=agent.gamma))
    until = min(agent.until, time.perf_counter() + LEARNING_S)
    ratios: list[NDArray[np.float64]] = []
    while agent.steps < MOST_STEPS and time.perf_counter() < until and not agent.count.over:
        agent.learn(CHUNK_STEPS)
        ratios.append(agent.read() / expected)
        if (abs(ratios[-1] - 1.0) < EXACT_WITHIN_SHARE).all() or _is_usual(ratios):
            return 1.0
        if len(ratios) > 8 and _factor(ratios[-4:]) is not None and _factor(ratios[-8:-4]) is not None:
            break
    factor = _factor(ratios[-4:])
    return 1.0 if factor is None else _rounded(1.0 / factor)


def said_scale(scales: Sequence[Sequence[Any]], measured: float, agent: ScriptAgent, trial: Trial) -> float:
    """The factor for the rewards of the probes, where the source of the script says one that fits.

    A script with a fault in its targets has values that are off by no common factor. Then the one factor that
    its source writes on rewards counts, if its values are as small, or as large, as that factor makes them.

    Args:
        scales: name, factor and place of each product of a reward and a constant in the source.
        measured: the factor that ``pay_for`` found; 1 if none.
        agent: the agent, after ``pay_for``.
        trial: the trial it learns.
    """
    factors = {float(factor) for _, factor, _ in scales}
    if measured != 1.0 or len(factors) != 1:
        return measured
    (factor,) = factors
    if factor <= 0 or FAULT_ABOVE <= factor <= FAULT_BELOW:
        return measured
    if agent.critic is None:
        return _rounded(1.0 / factor)
    size = float(abs(agent.read()).max() / abs(trial.exact(Learner(gamma=agent.gamma))).max())
    small = size < 10.0 * factor if factor < 1 else size > factor / 10.0
    return _rounded(1.0 / factor) if small else measured


def said_shift(
    shifts: Sequence[Sequence[Any]], agent: ScriptAgent, trial: Trial
) -> tuple[str, float, float] | None:
    """The shift and scale of rewards in the source that the values agree with; None if none does.

    In a script with a fault in its targets, the values before the last step of an episode are enough: they
    are the rewards.

    Args:
        shifts: text, what is added, and the factor, for each reward that is shifted and scaled.
        agent: the agent, after ``pay_for``.
        trial: the trial it learns.
    """
    learner, values = Learner(gamma=agent.gamma), agent.read()
    transitions = trial.transitions(reset_transitions=False)
    plain = abs(values - trial.exact(learner))
    before_end = _before_end(transitions)[trial.observed.queried]
    for text, added, factor in shifts:
        changed = transitions.change(reward=(transitions.reward + added) * factor)
        exact = converged_values(changed, learner).mean[trial.observed.queried]
        error, within = abs(values - exact), EXACT_WITHIN_SHARE * np.maximum(1.0, abs(exact))
        for those in (np.ones_like(before_end), before_end):
            if (error < within.max())[those].all() and error[those].max() < SHIFT_CLOSER * plain[those].max():
                return str(text), float(added), float(factor)
    return None


def _before_end(t: Transitions) -> NDArray[np.bool_]:
    """``(n_observations,)`` whether an episode always terminates with the step from an observation."""
    goes_on = np.bincount(t.observation[t.current], ~t.terminated, t.n_observations)
    return np.asarray(goes_on == 0)


def values_are_right(agent: ScriptAgent, trial: Trial) -> bool:
    """Whether what is read has become the exact values, and so is the critic whatever it is called."""
    return bool(
        (abs(agent.read() / trial.exact(Learner(gamma=agent.gamma)) - 1.0) < EXACT_WITHIN_SHARE).all()
    )


def _is_usual(ratios: Sequence[NDArray[np.float64]]) -> bool:
    """Whether a value has settled that no unusual factor explains."""
    if len(ratios) < USUAL_FROM_LOOKS:
        return False
    mean = np.mean(ratios[-4:], axis=0)
    still = (abs(np.array(ratios[-4:]) - mean) < STILL_WITHIN_SHARE * abs(mean)).all(axis=0)
    return bool((still & (mean > FAULT_ABOVE) & (mean < FAULT_BELOW)).any())


def _factor(ratios: list[NDArray[np.float64]]) -> float | None:
    """The one factor of all values, steady over several looks; None if there is none, or a usual one."""
    if not ratios:
        return None
    mean = float(np.mean(ratios))
    if FAULT_ABOVE <= mean <= FAULT_BELOW or mean <= 0:
        return None
    return mean if abs(np.array(ratios) / mean - 1.0).max() < ONE_FACTOR_WITHIN_SHARE else None


def _rounded(number: float) -> float:
    """The round number near ``number``, as people write it; itself where none is near.

    >>> _rounded(98.7), _rounded(0.0515)
    (100.0, 0.05)
    """
    unit = 10.0 ** np.floor(np.log10(number))
    near = float(unit * ROUND[abs(ROUND - number / unit).argmin()])
    return near if abs(near / number - 1.0) < ONE_FACTOR_WITHIN_SHARE else number
