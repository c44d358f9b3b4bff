"""What an explanation predicts for a trial: values, in the kind of learner the agent is, and actions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.diagnosis.inference.answers import shows_on
from rlprobe.diagnosis.inference.likelihood import unit_factor, with_offset
from rlprobe.diagnosis.probe_settings import settings_of
from rlprobe.diagnosis.trial import tolerance
from rlprobe.faults.fixed_point import Values
from rlprobe.faults.lookahead import values_looking_ahead
from rlprobe.faults.prediction import converged_values, stores_resets, with_rollout
from rlprobe.faults.rollouts import phases

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.diagnosis.inference.explanation import Explanation
    from rlprobe.diagnosis.judging.method import Method
    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.diagnosis.run import Run
    from rlprobe.faults.declaration import Actor, Form
    from rlprobe.faults.lookahead import Lookahead
    from rlprobe.faults.transitions import Learner, Transitions


def predicted(explanation: Explanation, result: Result, method: Method) -> Values:
    """The values that an explanation predicts for the queried observations of a trial."""
    trial, forms = result.trial, _forms(explanation, result)
    process = next((form.process for form in forms if form.process), None)
    transitions = _transitions(explanation, result, forms)
    learner = with_rollout(explanation.learner, forms, result.runs[0].rollout)
    entropy = method.entropy(trial)
    learner = replace(learner, entropy=entropy) if entropy else learner
    values = _converged(transitions, learner, forms, result, trial.numbers(process))
    ahead = next((form.lookahead for form in forms if form.lookahead), None)
    if ahead and settings_of(trial.name).needs:
        of_runs = _looking_ahead(result, ahead, explanation.learner.gamma)
    else:
        assert values.of_runs is not None
        of_runs = _with_own_entropy(values.of_runs, entropy, result)
    free = {form.free for form in forms if not trial.must_arrive_in_time}
    if "factor" in free:
        of_runs = of_runs * unit_factor(of_runs.mean(axis=0), result)
    if "offset" in free and values.horizon is not None:
        of_runs = with_offset(of_runs, values.horizon, result)
    spread = max((form.spread for form in forms), default=0.0)
    fitted = next(iter(free - {""}), "")
    return replace(values, mean=of_runs.mean(axis=0), spread=spread, of_runs=of_runs, fitted=fitted)


def actor_of(explanation: Explanation, result: Result) -> Actor:
    """What the policy ends up with on the probe of a result, under an explanation."""
    name = result.trial.name
    if result.trial.probe.asks == "exploration":
        return "any" if explanation.faults else "best"
    kinds = list["Actor"]()
    for form in explanation.forms:
        if name in form.actor_on:
            told = form.actor_on[name]  # "untrained" where a return is the only one of its episode
            kinds.append("any" if told == "untrained" and result.trial.options.get("longer") else told)
        else:
            mode = "next_step" if explanation.wraps else None
            may = settings_of(name).needs_values and form.changes_values(mode) and form.actor == "best"
            kinds.append("any" if may and changes_choices(explanation, form, result) else form.actor)
    return next((kind for kind in kinds if kind != "best"), "best")


def changes_choices(explanation: Explanation, form: Form, result: Result) -> bool:
    """Whether a form changes values on an action probe by so much that another action may look best."""
    trial, mode = result.trial, "next_step" if explanation.wraps else None
    declared = result.runs[0].rollout if result.runs else None
    learner = with_rollout(explanation.learner, (form,), declared)
    stored = trial.transitions(reset_transitions=stores_resets((form,), mode))
    values, exact = converged_values(stored, learner, (form,)), trial.exact(explanation.learner)
    found = values.mean[trial.observed.queried]
    return not values.stable or bool((~(abs(found - exact) <= tolerance(exact))).any())


def price_of_phase(explanation: Explanation, result: Result) -> float:
    """Log cost of choosing, for each run, where episodes begin in its rollouts; 0 if it does not matter."""
    forms = _forms(explanation, result)
    learner = with_rollout(explanation.learner, forms, result.runs[0].rollout)
    if not learner.rollout:
        return 0.0
    count = phases(_transitions(explanation, result, forms), learner.rollout)
    return len(result.runs) * float(np.log(count))


def _forms(explanation: Explanation, result: Result) -> tuple[Form, ...]:
    return tuple(form for form in explanation.forms if shows_on(form, result.trial))


def _transitions(explanation: Explanation, result: Result, forms: tuple[Form, ...]) -> Transitions:
    mode = result.trial.setting.autoreset_mode or ("next_step" if explanation.wraps else None)
    process = next((form.process for form in forms if form.process), None)
    return result.trial.transitions(reset_transitions=stores_resets(forms, mode), process=process)


def _converged(
    transitions: Transitions,
    learner: Learner,
    forms: tuple[Form, ...],
    result: Result,
    queried: NDArray[np.int64],
) -> Values:
    """The converged values of the queried observations; of several phases, for each run the closest."""
    count = phases(transitions, learner.rollout) if learner.rollout else 1
    learners = [replace(learner, phase=i) if i else learner for i in range(count)]
    initial = _initial(result, transitions.n_observations, queried)
    every: dict[bytes, list[Values]] = {}
    chosen = []
    for run in result.runs:
        read = _read(run, transitions.n_observations, queried)
        if (key := read.tobytes()) not in every:
            every[key] = [
                converged_values(transitions, one, forms, initial=initial, read=read) for one in learners
            ]
        chosen.append(_closest(every[key], run, queried))
    of_runs = np.array([values.mean[queried] for values in chosen])
    known = chosen[0].known[queried]
    if count > 1 or len(every) > 1:
        known = np.all([values.known[queried] for values in chosen], axis=0)
    horizon = None if chosen[0].horizon is None else chosen[0].horizon[queried]
    stable = all(values.stable for values in chosen)
    return Values(of_runs.mean(axis=0), known, stable, of_runs=of_runs, horizon=horizon)


def _closest(found: list[Values], run: Run, queried: NDArray[np.int64]) -> Values:
    """The values that are closest to those of a run."""
    if len(found) == 1:
        return found[0]
    return min(found, key=lambda values: _distance(run.values, values.mean[queried]))


def _distance(values: NDArray[np.float64] | None, mean: NDArray[np.float64]) -> float:
    if values is None or not np.isfinite(values).all():
        return 0.0
    return float(abs(values - mean).sum())


def _with_own_entropy(of_runs: NDArray[np.float64], entropy: float, result: Result) -> NDArray[np.float64]:
    """``(R, n)`` predicted values, with the entropy of the action in the state itself if that is closer."""
    if not entropy:
        return of_runs
    ways = of_runs, of_runs + entropy
    return min(ways, key=lambda way: float(abs(way.mean(axis=0) - result.learned).sum()))


def _looking_ahead(result: Result, lookahead: Lookahead, gamma: float) -> NDArray[np.float64]:
    """``(R, n)`` the values of each run, if ``lookahead`` gives the values of the next states."""
    mdp = result.trial.mdp
    return np.array([values_looking_ahead(mdp, gamma, lookahead, run.first_actions) for run in result.runs])


def _read(run: Run, count: int, queried: NDArray[np.int64]) -> NDArray[np.float64]:
    """``(count,)`` the values at the end of a run, NaN where they are not known."""
    read = np.full(count, np.nan)
    if run.at_ends is not None and len(run.at_ends) + len(queried) == count:
        read[np.setdiff1d(np.arange(count), queried)] = run.at_ends
    if run.values is not None and not run.diverged:
        read[queried] = run.values
    return read


def _initial(result: Result, count: int, queried: NDArray[np.int64]) -> NDArray[np.float64]:
    """``(count,)`` initial values, averaged over seeds; at observations not queried, their overall mean."""
    first = np.mean([run.initial for run in result.runs if run.initial is not None], axis=0)
    initial = np.full(count, float(first.mean()))
    initial[queried] = first
    return initial
