"""How well one explanation fits the result of one trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.diagnosis.choices.chosen import CASH_OUT, foretold
from rlprobe.diagnosis.choices.weighing import choice_likelihood, choices_fit
from rlprobe.diagnosis.inference.answers import answers_likelihood
from rlprobe.diagnosis.inference.behaviours import action_likelihood, surprises
from rlprobe.diagnosis.inference.likelihood import (
    interference,
    maximum_bias,
    on_the_way,
    price_of_unit,
    value_likelihood,
    wanders,
)
from rlprobe.diagnosis.inference.predictions import actor_of, predicted, price_of_phase
from rlprobe.diagnosis.trial import tolerance

if TYPE_CHECKING:
    from rlprobe.diagnosis.inference.explanation import Explanation
    from rlprobe.diagnosis.judging.method import Method
    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.faults.fixed_point import Values

VAGUE = 0.2
"""What it costs a vague form of a fault not to say which values are learned on a probe: as much as an unknown
fault."""


def fits(explanation: Explanation, result: Result, method: Method) -> bool:
    """Whether an explanation alone explains the result of a trial."""
    if result.trial.name == CASH_OUT:
        return choices_fit(result.runs, result.trial, foretold(explanation, result.trial))
    if result.trial.probe.asks != "value":
        actor = actor_of(explanation, result)
        return not any(surprises(run, result, actor) for run in result.runs)
    values, wild = predicted(explanation, result, method), any(run.diverged for run in result.runs)
    if wild or not values.stable or not np.isfinite(values.mean).all():
        return wild or (wanders(result) and _goes_there(result, values))
    drift = (
        0.0
        if result.trial.must_arrive_in_time
        else np.max([run.drift for run in result.runs if run.drift is not None], axis=0)
    )
    moves = np.maximum(drift, on_the_way(result, np.asarray(result.learned), values.mean))
    free = max(values.spread, 0.15 if explanation.learner.loss == "huber" else 0.0)
    away = 2.0 * (moves + maximum_bias(result, values))
    away = away + free * abs(values.mean - result.expected) + interference(values.mean, result.expected)
    near = abs(result.learned - values.mean) <= 2.0 * tolerance(values.mean) + away
    return bool((near | ~values.known).all())


def fit_of(explanation: Explanation, result: Result, method: Method) -> float:
    """The log likelihood of the result of a trial under an explanation."""
    if result.trial.name == CASH_OUT:
        return choice_likelihood(result.runs, result.trial, foretold(explanation, result.trial))
    if result.trial.probe.asks != "value":
        actor = actor_of(explanation, result)
        return sum(action_likelihood(run, result, actor) for run in result.runs)
    expects = predicted(explanation, result, method)
    fit = value_likelihood(result, expects, explanation.learner.loss)
    fit += answers_likelihood(result, explanation.forms)
    if any(form.vague for form in explanation.forms):
        fit += float(np.log(VAGUE)) * float(np.mean(~expects.known))
    fitted = any(form.free for form in explanation.forms) and not result.trial.must_arrive_in_time
    return fit - price_of_phase(explanation, result) - (price_of_unit(result) if fitted else 0.0)


def _goes_there(result: Result, predicted: Values) -> bool:
    """Whether values that are predicted to grow without bound moved in that direction."""
    grows = ~np.isfinite(predicted.mean)
    way = np.sign(predicted.mean) * (np.asarray(result.learned) - result.expected)
    return bool((way[grows] > tolerance(np.asarray(result.expected))[grows]).all())
