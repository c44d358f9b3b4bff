"""How well each explanation fits what was seen: healthy, a known fault, two of them, or an unknown one.

Every explanation predicts an outcome for every trial. The probability of the evidence under it, times
its prior, gives the posterior. Predictions are exact, so what is left is learning noise: Student's t
around each predicted value, and a small chance of something else altogether in every trial.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.fault import Fault, Form, stores_resets, taught
from rlprobe.faults import FAULTS, WRAPPER_FAULTS, candidates
from rlprobe.fixed_point import Values
from rlprobe.rows import Learner
from rlprobe.runner import tolerance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.fault import Actor
    from rlprobe.trial import Run, Trial
    from rlprobe.verdict import Result

HEALTHY, UNKNOWN = "healthy", "unknown"
PRIOR_HEALTHY, PRIOR_UNKNOWN, PRIOR_PAIR = 0.5, 0.004, 0.02
STRAY = 1e-3
"""Chance that a trial shows something that its explanation does not predict."""
UNTOUCHED = 0.3
"""Chance that values which are never trained stay as they were: in a table; networks generalise."""
SUSPECTED = 3.0
"""How much likelier faults of wrappers are where their probes are run: who runs them has wrappers in mind."""
PRIOR_WRAPPER = 0.1
LAMBDAS = (0.0, 0.95, 1.0)


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
            return all(ACTIONS[actor][_did(run, result)] > STRANGE for run in result.runs)
        predicted, wild = self.predicted(explanation, result), any(run.diverged for run in result.runs)
        if wild or not predicted.stable or not np.isfinite(predicted.mean).all():
            wanders = _restless(result) or result.outcome != "pass"
            return wild or wanders or not np.isfinite(predicted.mean).all()
        moved = (
            0.0
            if result.trial.timed
            else 2.0 * np.max([run.drift for run in result.runs if run.drift is not None], axis=0)
        )
        away = 0.15 * abs(predicted.mean - result.expected) if result.runs[0].loss == "huber" else 0.0
        near = abs(result.learned - predicted.mean) <= 2.0 * tolerance(predicted.mean) + moved + away
        return bool((near | ~predicted.known).all())

    def predicted(self, explanation: Explanation, result: Result) -> Values:
        """The values an explanation predicts for the observations a trial asks about."""
        trial = result.trial
        forms = tuple(form for form in explanation.forms if form.shows_on(trial))
        key = self.results.index(result), explanation.learner, explanation.wraps, forms
        if key not in self._predicted:
            initial = np.mean([run.initial for run in result.runs if run.initial is not None])
            mode = trial.setting.autoreset_mode or ("next_step" if explanation.wraps else None)
            process = next((form.process for form in forms if form.process), None)
            rows = trial.rows(reset_rows=stores_resets(forms, mode), process=process)
            values = taught(rows, explanation.learner, forms, initial=float(initial))
            asked = trial.numbers(process)
            self._predicted[key] = Values(values.mean[asked], values.known[asked], values.stable)
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
                    Explanation(learner, ((fault, form),), wraps=wraps)
                    for form in fault.forms
                    if form.applies(learner)
                    for wraps in ((False, True) if form.reset_rows else (False,))
                ]
                weight = each * (SUSPECTED if fault in WRAPPER_FAULTS else 1.0)
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
        stray = self._stray(result)
        if explanation.unknown:
            healthy = self._likelihood(number, Explanation(explanation.learner))
            return float(np.logaddexp(healthy + np.log(0.5), stray + np.log(0.5)))
        if result.trial.probe.asks == "value":
            fit = value_likelihood(result, self.predicted(explanation, result))
        else:
            fit = sum(action_likelihood(run, result, _actor(explanation, result)) for run in result.runs)
        return float(np.logaddexp(fit + np.log(1 - STRAY), stray + np.log(STRAY)))

    def _stray(self, result: Result) -> float:
        if result.trial.probe.asks != "value":
            return len(result.runs) * float(np.log(0.25))
        count = len(result.trial.views.asked)
        scale = 20.0 * np.maximum(1.0, abs(np.asarray(result.expected)))
        return float(-np.log(scale).sum() * _weight(count))


def _same_place(one: tuple[Fault, Form], fault: Fault, form: Form) -> bool:
    """Whether ``fault`` is the same as another, or about the same wrapper."""
    return one[0] is fault or not one[1].only_on.isdisjoint(form.only_on)


def value_likelihood(result: Result, predicted: Values) -> float:
    """Log probability of the learned values of a trial under a prediction."""
    runs, right = result.runs, np.asarray(result.expected)
    scale = np.maximum(1.0, abs(right))
    stray = -np.log(20.0 * scale)
    weight = _weight(len(right))
    diverged = sum(run.diverged for run in runs) * 2 > len(runs)
    wild = not predicted.stable or not np.isfinite(predicted.mean).all()
    if diverged:
        return float((stray.sum() + np.log(0.9 if wild else 1e-4)) * weight)
    finite = [run for run in runs if not run.diverged]
    values = np.array([run.values for run in finite])
    mean, drift = values.mean(axis=0), np.mean(np.array([run.drift for run in finite]), axis=0)
    noise = np.mean(np.array([run.noise for run in finite]), axis=0)
    if not predicted.stable:
        wanders = _restless(result) or result.outcome != "pass"
        return float((stray.sum() + np.log(0.4 if wanders else 0.01)) * weight)
    spread = values.std(axis=0, ddof=1) if len(values) > 1 else 0.05 * scale
    mu = np.where(np.isfinite(predicted.mean), predicted.mean, 0.0)
    sigma = np.sqrt(
        (0.02 * np.maximum(1.0, abs(mu))) ** 2
        + spread**2 / len(values)
        + (0.0 if result.trial.timed else 1.5 * drift) ** 2
        + (0.3 * noise) ** 2
    )
    if result.runs[0].loss == "huber":
        sigma = np.hypot(sigma, 0.06 * abs(mu - right))
    fit = -np.log(sigma) - 1.5 - 3.5 * np.log1p(((mean - mu) / sigma) ** 2 / 6.0)
    untouched = np.logaddexp(fit + np.log(UNTOUCHED), stray + np.log(1.0 - UNTOUCHED))
    fit = np.where(predicted.known, fit, untouched)
    growing = np.where(np.sign(predicted.mean) * (mean - right) > 0.2 * scale, stray + 1.5, stray - 7.0)
    fit = np.where(np.isfinite(predicted.mean), fit, growing)
    return float(fit.sum() * weight)


def _restless(result: Result) -> bool:
    """Whether values jumped about instead of settling, or left all bounds in some runs."""
    scale = 0.15 * np.maximum(1.0, abs(np.asarray(result.expected)))
    return any(
        run.diverged or (run.noise is not None and bool((run.noise > scale).any())) for run in result.runs
    )


STRANGE = 0.03
ACTIONS: dict[Actor, dict[str, float]] = {
    "best": {"best": 0.95, "worst": 0.005, "blind": 0.015, "unscaled": 0.005, "other": 0.025},
    "worst": {"best": 0.02, "worst": 0.9, "blind": 0.02, "unscaled": 0.01, "other": 0.05},
    "blind": {"best": 0.02, "worst": 0.01, "blind": 0.95, "unscaled": 0.01, "other": 0.01},
    "drowned": {"best": 0.05, "worst": 0.05, "blind": 0.6, "unscaled": 0.05, "other": 0.25},
    "idle": {"best": 0.2, "worst": 0.15, "blind": 0.2, "unscaled": 0.15, "other": 0.3},
    "unscaled": {"best": 0.01, "worst": 0.01, "blind": 0.01, "unscaled": 0.95, "other": 0.02},
    "any": {"best": 0.4, "worst": 0.15, "blind": 0.1, "unscaled": 0.05, "other": 0.3},
}
"""Chance of what one seed does, given what its actor comes to."""


def action_likelihood(run: Run, result: Result, actor: Actor) -> float:
    """Log probability of the actions of one run."""
    return float(np.log(ACTIONS[actor][_did(run, result)]))


def _did(run: Run, result: Result) -> str:
    if run.solved:
        return "best"
    trial = result.trial
    if run.actions is None:
        return "other"
    if run.actions.dtype.kind == "f":
        return _did_continuously(float(run.actions.reshape(-1)[0]), trial)
    first = int(getattr(trial.mdp.action_space, "start", 0) or 0)
    worst = trial.choices(run.gamma).worst
    if worst[np.arange(len(run.actions)), run.actions.astype(int) - first].all():
        return "worst"
    return "blind" if len(run.actions) > 1 and len(np.unique(run.actions)) == 1 else "other"


def _did_continuously(action: float, trial: Trial) -> str:
    """On a Box: the end of the range away from the optimum, or a place reached without scale or offset."""
    space = trial.mdp.action_space
    low, high = float(space.low[0]), float(space.high[0])  # type: ignore[union-attr]
    if action < low + 0.1 * (high - low):
        return "worst"
    half = (high - low) / 2
    return "unscaled" if abs(action) <= 1.05 or abs(action - half) <= 0.05 * half else "other"


def _actor(explanation: Explanation, result: Result) -> Actor:
    name = result.trial.name
    if result.trial.probe.asks == "exploration":
        return "any" if explanation.faults else "best"
    kinds: list[Actor] = []
    for form in explanation.forms:
        if name in form.actor_on:
            kinds.append(form.actor_on[name])
        else:
            kinds.append("any" if name in LONG and form.actor == "best" else form.actor)
    return next((kind for kind in kinds if kind != "best"), "best")


LONG = {"WillToLive"}
"""Action probes of more than one step, where wrong values may lead to wrong actions."""


def _tells(result: Result) -> bool:
    return bool(result.runs) and result.outcome != "skipped" and result.trial.probe.asks != "exploration"


def _weight(count: int) -> float:
    """Values of one critic err together: several count for at most three independent ones."""
    return min(count, 3) / count
