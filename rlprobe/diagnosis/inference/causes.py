"""The named faults of a report, each with its evidence in sentences."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.diagnosis.choices.chosen import CASH_OUT
from rlprobe.diagnosis.choices.weighing import told_choices
from rlprobe.diagnosis.inference.behaviours import untried
from rlprobe.diagnosis.inference.coverage import Coverage, coverage_of, is_definite, matters
from rlprobe.diagnosis.inference.losses import PAIRS
from rlprobe.diagnosis.judging.near_zero import near_zero
from rlprobe.diagnosis.judging.seen import seen_in
from rlprobe.diagnosis.wording import best_actions, chosen_actions, listed, numbers, said_once
from rlprobe.faults import fault as fault_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.inference.posterior import Evidence, Explanation
    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.faults.declaration import Fault, Form
    from rlprobe.faults.fixed_point import Values

NEAR_ZERO = 0.4
"""Factor on the confidence of all faults where values are nearly 0 everywhere."""
TOLD_BY_CHOICES = 0.7
"""The share of faults told from choices alone that are the right ones, at most: few answers, yes or no."""
INDEFINITE = 0.5
"""Factor on the confidence of a fault that leaves all wrong values unknown: others would leave the same."""
LEAST_CONFIDENCE = 0.03
"""Faults that are less probable are not named."""
MOST_SENTENCES = 4
"""Failing probes with a sentence of their own; the others are counted."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """A failing probe beside what a fault predicts for it.

    Args:
        result: the expected and the learned values or actions.
        predicted: the values that the fault predicts; None on action probes.
        explained: whether the fault explains what was learned.
    """

    result: Result
    predicted: Values | None
    explained: bool


@dataclass(frozen=True)
class Cause:
    """One named fault.

    Args:
        fault: its id.
        component: the part of the agent that is wrong.
        confidence: its posterior probability, between 0 and 1.
        evidence: sentences with the expected, learned and predicted numbers.
        look_at: where to look in the agent's code.
        summary: what the fault is, in one sentence.
        comparisons: the failing probes on which it has an effect, each with its prediction.
        coverage: how many failing probes it explains, together with the faults it was found with.
    """

    fault: str
    component: str
    confidence: float
    evidence: tuple[str, ...]
    look_at: str
    summary: str
    comparisons: tuple[Comparison, ...] = ()
    coverage: Coverage = field(default_factory=lambda: Coverage(0, 0))

    @property
    def limits(self) -> list[str]:
        """Sentences on what it does not explain, and on the evidence against it."""
        found, coverage = list[str](), self.coverage
        if coverage.explained < coverage.failing:
            several = f"{coverage.explained} of {coverage.failing} failing probes"
            found.append(f"It explains {several}; the rest is unknown.")
        if coverage.contradicted:
            found.append(f"Against it: {listed(coverage.contradicted)} would fail, but passes.")
        return found


def causes_of(evidence: Evidence, ranked: Sequence[tuple[Explanation, float]]) -> list[Cause]:
    """The probable faults, most probable first."""
    weight: dict[str, float] = {}
    best: dict[str, tuple[Fault, Form, Explanation]] = {}
    for explanation, chance in ranked:
        for fault, form in explanation.faults:
            weight[fault.id] = weight.get(fault.id, 0.0) + chance
            best.setdefault(fault.id, (fault, form, explanation))
    alike = NEAR_ZERO if near_zero(evidence.results) else 1.0
    named = sorted(best, key=lambda name: -weight[name])
    kept = [name for name in named if weight[name] >= LEAST_CONFIDENCE]
    comparisons = {name: compared(evidence, best[name][2], best[name][0]) for name in kept}
    coverages = {name: coverage_of(evidence, best[name][2]) for name in kept}
    found = [
        Cause(
            fault=name,
            component=best[name][0].component,
            confidence=min(1.0, weight[name], coverages[name].most_confidence)
            * (TOLD_BY_CHOICES if _by_choices(comparisons[name]) else alike)
            * (INDEFINITE if _is_indefinite(comparisons[name], best[name][1]) else 1.0),
            evidence=(*sentences(comparisons[name]), *_shapes(name, evidence)),
            look_at=best[name][0].look_at,
            summary=best[name][0].summary,
            comparisons=tuple(comparisons[name]),
            coverage=coverages[name],
        )
        for name in kept
        if any(one.explained for one in comparisons[name])
    ]
    believed = [cause for cause in found if cause.confidence >= LEAST_CONFIDENCE]
    return sorted(believed, key=lambda cause: -cause.confidence)


def _by_choices(comparisons: Sequence[Comparison]) -> bool:
    """Whether all evidence is what the agent chose on CashOut."""
    return bool(comparisons) and all(one.result.trial.name == CASH_OUT for one in comparisons)


def _is_indefinite(comparisons: Sequence[Comparison], form: Form) -> bool:
    """Whether a fault predicts none of the wrong values that it explains: it may have been read from them."""
    pairs = [
        (one.result, one.predicted) for one in comparisons if one.explained and one.predicted is not None
    ]
    return bool(pairs) and not any(is_definite(r, p) for r, p in pairs if r.trial.name != form.read_from)


def compared(evidence: Evidence, explanation: Explanation, fault: Fault) -> list[Comparison]:
    """Each failing probe on which ``fault`` has an effect, with what ``explanation`` predicts for it.

    A probe is no evidence for the fault if the rest of the explanation predicts the same, or if the
    prediction is the expected one. Explained probes come first.
    """
    shown = [
        Comparison(
            result,
            evidence.predicted(explanation, result) if result.trial.probe.asks == "value" else None,
            evidence.fits(explanation, result),
        )
        for result in evidence.results
        if result.outcome == "fail" and matters(evidence, explanation, fault, result)
    ]
    return sorted(shown, key=lambda one: not one.explained)


def sentences(comparisons: Sequence[Comparison]) -> list[str]:
    """One sentence per failing probe: learned, expected and predicted values."""
    found = [
        f"{one.result.trial.label}: {_action_sentence(one.result)}"
        if one.predicted is None
        else _value_sentence(one, one.predicted)
        for one in comparisons
    ]
    more = len(found) - MOST_SENTENCES
    return found[:MOST_SENTENCES] + (
        [f"and {more} more failing {'probe' if more == 1 else 'probes'}"] if more > 0 else []
    )


def _value_sentence(comparison: Comparison, predicted: Values) -> str:
    result, expects = comparison.result, prediction_in_words(comparison.result, predicted)
    tail = (
        f"this fault predicts {expects}"
        if comparison.explained
        else f"not explained by this fault ({expects})"
    )
    of = f"{result.trial.label}: V({', '.join(result.trial.states)})"
    return f"{of} is {numbers(result.learned)}, expected {numbers(result.expected)}; {tail}"


def prediction_in_words(result: Result, predicted: Values) -> str:
    """Predicted values as text; ``?`` where they depend on the initial values."""
    if not predicted.stable:
        return "values that diverge"
    if predicted.known.any():
        fitted = f", with the best {predicted.fitted}" if predicted.fitted else ""
        return numbers(np.where(predicted.known, predicted.mean, np.nan)) + fitted
    late = result.trial.must_arrive_in_time
    return "values that do not converge in time" if late else "values that depend on the initial ones"


def _shapes(name: str, evidence: Evidence) -> list[str]:
    """The shapes that show the fault, if such were seen."""
    return [evidence.paired] if name == PAIRS and evidence.paired else []


def _action_sentence(result: Result) -> str:
    if result.trial.name == CASH_OUT:
        return told_choices(result.trial, result.runs)
    chosen, best = chosen_actions(result.learned), best_actions(result.expected)
    return f"chose {chosen}, expected {best}{_tried(result)}; {result.why}"


def _tried(result: Result) -> str:
    """How rarely the best actions were taken, if that is why the agent did not find them."""
    missed = [
        run.action_counts
        for run in result.runs
        if run.action_counts is not None and untried(run, result.trial)
    ]
    if not missed:
        return ""
    best = result.trial.choices(result.runs[0].gamma).best
    tried = sum(int((counts * best).sum()) for counts in missed)
    return f", which it tried in {tried:,} of {sum(int(counts.sum()) for counts in missed):,} steps"


def observed_causes(results: Sequence[Result]) -> list[Cause]:
    """One cause for each observed fault, with the first sentences about it as evidence.

    A sentence that is true of several probes stands there once, behind their labels. Of sentences that differ
    in their numbers only, the first one does.
    """
    return [
        Cause(
            fault=name,
            component=fault_named(name).component,
            confidence=1.0,
            evidence=tuple(said_once(told)[:MOST_SENTENCES]),
            look_at=fault_named(name).look_at,
            summary=fault_named(name).summary,
        )
        for name, told in seen_in(results).items()
    ]
