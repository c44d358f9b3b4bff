"""Notes for the reader beside the causes, sentence by sentence."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.diagnosis.choices.chosen import CASH_OUT
from rlprobe.diagnosis.inference.behaviours import right_components
from rlprobe.diagnosis.inference.losses import paired_in
from rlprobe.diagnosis.judging.near_zero import near_zero
from rlprobe.diagnosis.report.exploring import random_throughout
from rlprobe.diagnosis.wording import listed
from rlprobe.faults import fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.inference.causes import Cause
    from rlprobe.diagnosis.report.findings import Findings

UNCERTAIN_BELOW = 0.6
"""With less confidence in the first cause, the report says that the evidence is not enough."""
PRESENT_FROM = 0.5
"""With at least this confidence, a fault counts as one of several that are present."""
MOST_PARTS = 2
"""Parts of the agent that are named where no fault is."""

NAMELESS = (
    "The failing probes below match no fault in the catalogue, and no two or three faults together. Start "
    "with the first failing probe: `rlprobe explain PROBE` says what it isolates."
)
GROWING = (
    "On {count} of {failing} failing probes values grow without bound: a target holds more of the value that "
    "it trains than it should. Look at the signs and the masks of all that is added up in it."
)
NEAR_ZERO = (
    "All values are nearly 0: rewards are scaled down, or hardly reach the targets. Faults look alike then; "
    "for the diagnosis, leave out a scale such as reward / 100."
)
PAIRED = "Seen while it learned: {said}. A result of that shape is seldom meant."
COMPONENTS = (
    "Counted from 0, right in each action: {right}; wrong: {wrong}. Look at what belongs to each number of "
    "an action: its log-probability, its place in their sum, its output of the policy."
)
FILLED = (
    "Some probes have episodes of one step. The script takes the `std()` of a single number there, which is "
    "NaN, and was replaced by 1. If episodes of your environment can be as short, do not normalise then "
    "(`rlprobe explain advantage-std-nan`)."
)
GROWN_TIMES = 10.0
"""Values that are so many times larger than the exact ones, and than 1, count as growing."""
NO_VALUES = (
    "The agent shows no values, so only its actions could be judged. With a method value(observations) "
    "or q_values(observations) most faults in targets and buffers can be named as well."
)
NO_CRITIC = (
    "No critic could be read in the script, so only its actions could be judged{choices}. Say where its "
    "values are with --value EXPR, an expression in the script's own names that gives the values of "
    '`observations`, such as --value "agent.critic(torch.as_tensor(observations))".'
)
BY_CHOICES = (
    ": among them whether it takes a sure reward or enters a probe (CashOut), which shows the value it "
    "expects"
)
MONTE_CARLO = (
    "The agent learns from returns of whole episodes (Monte-Carlo: lambda 1, no bootstrap), which stop at a "
    "time limit. Its values are compared with such returns. If it should bootstrap there, set its attributes "
    "gae_lambda and rollout_length, and it is judged accordingly."
)
OUTSIDE = (
    "In {outside:,} of {steps:,} steps the agent took an action outside the action space. The probes took "
    "the bound for it, as most environments do; others raise an error, or go on with the action as it is."
)
UNDISCOUNTED = "The agent declares gamma = 1, but should learn with the gamma of the setting, {gamma:g}."


def headline(report: Findings) -> str:
    """One sentence above the causes on how to read them; empty if the first cause explains everything."""
    if report.verdict != "faulty":
        return _nothing_ran(report)
    if not report.causes:
        return " ".join([NAMELESS, *(_growing(report) or _suspected(report)), *_paired(report)])
    found = [cause for cause in report.causes if cause.confidence >= PRESENT_FROM]
    if len(found) > 1:
        return f"Several things are wrong: {listed(_components(found))}."
    first = report.causes[0]
    if first.coverage.complete and first.confidence < UNCERTAIN_BELOW:
        runs = max((len(result.runs) for result in report.results), default=0)
        probes = sum(bool(r.runs) and r.trial.probe.asks != "exploration" for r in report.results)
        return (
            f"Not enough to tell which fault it is: on {_count(probes, 'probe')} with {_count(runs, 'seed')} "
            "several faults predict the same."
        )
    if not first.coverage.complete:
        return (
            "No fault of the catalogue, and no two or three together, explain all failures; "
            f"where to look: {listed(_components(report.causes))}."
        )
    return ""


def notes(report: Findings) -> list[str]:
    """Notes for the reader beside the causes."""
    found = []
    run = next((run for result in report.results for run in result.runs), None)
    if run is not None and run.undiscounted:
        found.append(UNDISCOUNTED.format(gamma=run.gamma))
    if report.undeclared and report.script is None:  # a script cannot declare anything
        found.append(
            f"The agent does not declare its {listed(report.undeclared)}, on which the predictions depend. "
            "Set these attributes to narrow down the causes."
        )
    if near_zero(report.results):
        found.append(NEAR_ZERO)
    if any(run.filled for result in report.results for run in result.runs):
        found.append(FILLED)
    if any(result.by_returns for result in report.results):
        found.append(MONTE_CARLO)
    if report.method.warm and report.method.steady:
        found.append(
            f"Values are compared with soft ones, at an entropy weight of {report.method.temperature:.2g}."
        )
    if any(r.why == "the agent shows no values" for r in report.results):
        if report.script is None:
            found.append(NO_VALUES)
        elif report.script["critic"] is None:
            chose = any(r.trial.name == CASH_OUT and r.outcome != "skipped" for r in report.results)
            found.append(NO_CRITIC.format(choices=BY_CHOICES if chose else ""))
    if said := _outside(report):
        found.append(said)
    named = {cause.fault for cause in report.causes}
    if "epsilon-schedule" not in named and (said := random_throughout(report.results)):
        found.append(said)
    found += [*_components_apart(report), *_ended_early(report)]
    judged = [r.trial.label for r in report.results if r.spared and r.trial.probe.asks != "exploration"]
    if judged:
        found.append(
            f"Not run, because the answer is clear without them: {listed(judged)}. --full runs everything."
        )
    if report.verdict == "healthy" and (left := not_judged(report)):
        found.append(f"Not tested: {'; '.join(left)}.")
    return [*found, *report.said]


def not_judged(report: Findings) -> list[str]:
    """What a healthy verdict does not cover, with the reason."""
    found = [f"{one.result.trial.label} ({one.result.why})" for one in report.open_questions]
    left_out = [result.trial.label for result in report.results if result.left_out]
    if left_out:
        found.append(f"{listed(left_out)} (the agent cannot be built on it)")
    offered = any(result.trial.name == CASH_OUT and result.runs for result in report.results)
    if not offered and any(r.why == "the agent shows no values" for r in report.results):
        found.append("values, and so constants, the discount, truncation and termination (it shows none)")
    single = not any(r.trial.setting.num_envs > 1 for r in report.results)
    if single and report.script is None and not report.settings.get("only"):
        found.append("vector environments (make_agent.vector is not True)")
    return found


def _ended_early(report: Findings) -> list[str]:
    """Which probes were run, but not judged, and why, as sentences."""
    reasons: dict[str, list[str]] = {}
    for result in report.results:
        if result.runs and result.runs[0].unsuited and result.steps:
            reasons.setdefault(result.why, []).append(result.trial.label)
    return [f"Not judged: {listed(labels)}, because {why}." for why, labels in reasons.items()]


def _nothing_ran(report: Findings) -> str:
    """Why no probe could be run, if there is one reason for all; empty otherwise."""
    reasons = {result.why for result in report.results if result.outcome == "skipped" and not result.spared}
    if report.crashes or report.steps or len(reasons) != 1:
        return ""
    return f"No probe was run: {reasons.pop()}."


def _outside(report: Findings) -> str:
    """How often continuous actions lay outside the action space, as a sentence; empty if they never did."""
    runs = [run for result in report.results for run in result.runs]
    outside, steps = sum(run.outside for run in runs), sum(run.steps for run in runs)
    return OUTSIDE.format(outside=outside, steps=steps) if outside else ""


def _paired(report: Findings) -> list[str]:
    """That tensors were combined each with each, if they were, as a sentence."""
    said = paired_in(report.results)
    return [PAIRED.format(said=said)] if said else []


def _growing(report: Findings) -> list[str]:
    """That values grow without bound, if they do on most failing probes, as a sentence."""
    failed = [r for r in report.results if r.outcome == "fail" and r.trial.probe.asks == "value"]
    grown = sum(
        any(run.diverged for run in result.runs)
        or float(np.max(np.abs(result.learned)))
        > GROWN_TIMES * max(1.0, float(np.max(np.abs(result.expected))))
        for result in failed
    )
    return [GROWING.format(count=grown, failing=len(failed))] if 2 * grown > len(failed) else []


def _components_apart(report: Findings) -> list[str]:
    """Which components of an action are right, and which are wrong, as a sentence if there are both."""
    for result in report.results:
        of_numbers = result.outcome == "fail" and "sizes" in result.trial.options
        for actions in result.learned if of_numbers else []:
            right = right_components(np.asarray(actions), result.trial)
            if any(right) and not all(right):
                good, bad = (
                    listed([f"number {i}" for i, one in enumerate(right) if one == which])
                    for which in (True, False)
                )
                return [COMPONENTS.format(right=good, wrong=bad)]
    return []


def _suspected(report: Findings) -> list[str]:
    """The parts of the agent that most of the failing probes test, as a sentence if any is known."""
    failed = [result.trial.probe for result in report.results if result.outcome == "fail"]
    parts = Counter(part for probe in failed for part in {fault(name).component for name in probe.isolates})
    likely = [part for part, _ in parts.most_common(MOST_PARTS)]
    return [f"Most of what fails tests {listed(likely)}."] if likely else []


def _components(causes: Sequence[Cause]) -> list[str]:
    return list(dict.fromkeys(cause.component for cause in causes))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
