"""How well each explanation fits what was seen: healthy, a known fault, two of them, or an unknown one.

Every explanation predicts an outcome for every trial. The probability of the evidence under it, times
its prior, gives the posterior.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.diagnosis.inference.answers import answers_likelihood, shows_on
from rlprobe.diagnosis.inference.likelihood import (
    action_likelihood,
    is_restless,
    stray_likelihood,
    surprises,
    unit_factor,
    value_likelihood,
)
from rlprobe.diagnosis.probe_settings import settings_of
from rlprobe.diagnosis.trial import tolerance
from rlprobe.faults import FAULTS, WRAPPER_FAULTS, candidates
from rlprobe.faults.fixed_point import Values
from rlprobe.faults.prediction import converged_values, stores_resets, with_rollout
from rlprobe.faults.transitions import Learner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rlprobe.diagnosis.inference.judge import Result
    from rlprobe.faults.declaration import Actor, Fault, Form

HEALTHY, UNKNOWN = "healthy", "unknown"
PRIOR_HEALTHY, PRIOR_UNKNOWN, PRIOR_PAIR = 0.5, 0.004, 0.02
P_STRAY = 1e-3
"""Chance that a trial shows something that its explanation does not predict."""
WRAPPER_PRIOR_FACTOR = 3.0
"""How much likelier faults of wrappers are where their probes are run: who runs them has wrappers in mind."""
PRIOR_WRAPPER = 0.1
FITTED_FACTOR_COST = float(np.log(20.0))
"""What a factor that is fitted to the values of a trial costs: as much as one value that may be anything."""
LAMBDAS = (0.0, 0.95, 1.0)
ROLLOUTS = (None, 5, 8, 16)


@dataclass(frozen=True)
class Explanation:
    """A set of faults in given forms, in a learner of a given kind; none of them is health.

    With ``wraps`` the agent turns a single environment into a vector one that resets on the next step.
    """

    learner: Learner
    faults: tuple[tuple[Fault, Form], ...] = ()
    unknown: bool = False
    wraps: bool = False

    @property
    def name(self) -> str:
        """The ids of the faults."""
        if self.unknown:
            return UNKNOWN
        return " + ".join(fault.id for fault, _ in self.faults) or HEALTHY

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms of the faults, in the order in which they act."""
        return tuple(form for _, form in self.faults)


@dataclass(eq=False)
class Evidence:
    """The results of all trials, and what explanations make of them."""

    results: Sequence[Result]

    def __post_init__(self) -> None:
        self._predicted: dict[tuple[int, Learner, bool, tuple[Form, ...]], Values] = {}

    @cached_property
    def learners(self) -> tuple[Learner, ...]:
        """The kinds of learner the agent may be: the one it says it is, or all."""
        run = next((run for result in self.results for run in result.runs), None)
        gamma = run.gamma if run else 0.9
        lambdas = LAMBDAS if run is None or run.lam is None else (run.lam,)
        losses = ("squared", "huber") if run is None or run.loss is None else (run.loss,)
        return tuple(
            Learner(gamma=gamma, lam=lam, loss=loss)
            for lam in lambdas
            for loss in (losses if lam == 0 else ("squared",))
        )

    @cached_property
    def rollouts(self) -> tuple[int | None, ...]:
        """The lengths its rollouts may have; the one that a run declares replaces them for its trial."""
        declared = [run.rollout for result in self.results for run in result.runs if run.rollout]
        return (declared[0],) if declared else ROLLOUTS

    @cached_property
    def catalogue(self) -> tuple[Fault, ...]:
        """The faults that may show on the probes that were run."""
        return candidates(result.trial.name for result in self.results)

    def posterior(self) -> list[tuple[Explanation, float]]:
        """All explanations with their probability, the best first."""
        scored = self._scored(self._single())
        for joined, faults in ((1, self.catalogue), (2, self.catalogue[len(FAULTS) :])):
            ranked = [e for e, _ in sorted(scored, key=lambda pair: -pair[1])]
            if not self._explained(ranked[0]):
                best = [e for e in ranked if len(e.faults) == joined][:4]
                scored += self._scored(self._with_one_more(best, faults))
        top = max(score for _, score in scored)
        weights = [(e, float(np.exp(score - top))) for e, score in scored]
        total = sum(weight for _, weight in weights)
        return sorted(((e, weight / total) for e, weight in weights), key=lambda pair: -pair[1])

    def fits(self, explanation: Explanation, result: Result) -> bool:
        """Whether the explanation accounts for the result of a trial by itself."""
        if result.trial.probe.asks != "value":
            actor = _actor(explanation, result)
            return not any(surprises(run, result, actor) for run in result.runs)
        predicted, wild = self.predicted(explanation, result), any(run.diverged for run in result.runs)
        if wild or not predicted.stable or not np.isfinite(predicted.mean).all():
            wanders = is_restless(result) or result.outcome != "pass"
            return wild or wanders or not np.isfinite(predicted.mean).all()
        moved = (
            0.0
            if result.trial.must_arrive_in_time
            else 2.0 * np.max([run.drift for run in result.runs if run.drift is not None], axis=0)
        )
        away = 0.15 * abs(predicted.mean - result.expected) if result.runs[0].loss == "huber" else 0.0
        near = abs(result.learned - predicted.mean) <= 2.0 * tolerance(predicted.mean) + moved + away
        return bool((near | ~predicted.known).all())

    def predicted(self, explanation: Explanation, result: Result) -> Values:
        """The values an explanation predicts for the observations a trial asks about."""
        trial = result.trial
        forms = tuple(form for form in explanation.forms if shows_on(form, trial))
        key = self.results.index(result), explanation.learner, explanation.wraps, forms
        if key not in self._predicted:
            mode = trial.setting.autoreset_mode or ("next_step" if explanation.wraps else None)
            process = next((form.process for form in forms if form.process), None)
            transitions = trial.transitions(reset_transitions=stores_resets(forms, mode), process=process)
            learner = with_rollout(explanation.learner, forms, result.runs[0].rollout)
            queried = trial.numbers(process)
            initial = _initial(result, transitions.n_observations, queried)
            values = converged_values(transitions, learner, forms, initial=initial)
            mean = values.mean[queried]
            if any(form.any_unit for form in forms) and not trial.must_arrive_in_time:
                mean = mean * unit_factor(mean, result)
            self._predicted[key] = Values(mean, values.known[queried], values.stable)
        return self._predicted[key]

    def _explained(self, explanation: Explanation) -> bool:
        failed = [r for r in self.results if r.outcome == "fail" and _tells(r)]
        return not explanation.unknown and all(self.fits(explanation, result) for result in failed)

    def _single(self) -> list[tuple[Explanation, float]]:
        share = 1.0 / len(self.learners)
        found = [(Explanation(learner), PRIOR_HEALTHY * share) for learner in self.learners]
        found.append((Explanation(self.learners[0], unknown=True), PRIOR_UNKNOWN))
        each = (1.0 - PRIOR_HEALTHY - PRIOR_UNKNOWN) / len(self.catalogue)
        for learner in self.learners:
            for fault in self.catalogue:
                ways = [
                    Explanation(replace(learner, rollout=length), ((fault, form),), wraps=wraps)
                    for form in fault.forms
                    if form.applies(learner)
                    for wraps in ((False, True) if form.reset_transitions else (False,))
                    for length in (self.rollouts if form.at_ends else (None,))
                ]
                weight = each * (WRAPPER_PRIOR_FACTOR if fault in WRAPPER_FAULTS else 1.0)
                found += [(way, weight * share / len(ways)) for way in ways]
        return found

    def _with_one_more(
        self, best: list[Explanation], faults: Sequence[Fault]
    ) -> list[tuple[Explanation, float]]:
        return [
            (replace(e, faults=(*e.faults, (fault, form))), self._prior_of_more(e, fault))
            for e in best
            for fault in faults
            for form in fault.forms
            if form.applies(e.learner) and not any(_same_place(one, fault, form) for one in e.faults)
        ]

    def _prior_of_more(self, explanation: Explanation, fault: Fault) -> float:
        """The prior of ``fault`` besides those of ``explanation``; wrappers are often missing together."""
        further = [*(one for one, _ in explanation.faults[1:]), fault]
        rare = PRIOR_PAIR / len(self.catalogue)
        each = [PRIOR_WRAPPER if one in WRAPPER_FAULTS else rare for one in further]
        return float(np.prod(each)) / len(self.catalogue)

    def _scored(self, priors: list[tuple[Explanation, float]]) -> list[tuple[Explanation, float]]:
        numbers = [i for i, result in enumerate(self.results) if _tells(result)]
        with np.errstate(all="ignore"):  # values without bound are a prediction like any other
            return [
                (e, float(np.log(prior)) + sum(self._likelihood(i, e) for i in numbers))
                for e, prior in priors
            ]

    def _likelihood(self, number: int, explanation: Explanation) -> float:
        result = self.results[number]
        stray = stray_likelihood(result)
        if explanation.unknown:
            healthy = self._likelihood(number, Explanation(explanation.learner))
            return float(np.logaddexp(healthy + np.log(0.5), stray + np.log(0.5)))
        if result.trial.probe.asks == "value":
            fit = value_likelihood(result, self.predicted(explanation, result))
            fit -= FITTED_FACTOR_COST * any(form.any_unit for form in explanation.forms)
            fit += answers_likelihood(result, explanation.forms)
        else:
            fit = sum(action_likelihood(run, result, _actor(explanation, result)) for run in result.runs)
        return float(np.logaddexp(fit + np.log(1 - P_STRAY), stray + np.log(P_STRAY)))


def _initial(result: Result, count: int, queried: NDArray[np.int64]) -> NDArray[np.float64]:
    """``(count,)`` values before learning, averaged over seeds; their mean where nothing was asked."""
    first = np.mean([run.initial for run in result.runs if run.initial is not None], axis=0)
    initial = np.full(count, float(first.mean()))
    initial[queried] = first
    return initial


def _same_place(one: tuple[Fault, Form], fault: Fault, form: Form) -> bool:
    """Whether ``fault`` is the same as another, or about the same wrapper."""
    return one[0] is fault or not one[1].only_on.isdisjoint(form.only_on)


def _actor(explanation: Explanation, result: Result) -> Actor:
    name = result.trial.name
    if result.trial.probe.asks == "exploration":
        return "any" if explanation.faults else "best"
    kinds: list[Actor] = []
    for form in explanation.forms:
        if name in form.actor_on:
            kinds.append(form.actor_on[name])
        else:
            wrong = settings_of(name).needs_values and form.changes_values(
                "next_step" if explanation.wraps else None
            )
            kinds.append("any" if wrong and form.actor == "best" else form.actor)
    return next((kind for kind in kinds if kind != "best"), "best")


def _tells(result: Result) -> bool:
    return bool(result.runs) and result.outcome != "skipped" and result.trial.probe.asks != "exploration"
