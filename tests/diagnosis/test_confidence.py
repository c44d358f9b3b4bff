"""How sure a diagnosis is of what it names: what is unexplained, or speaks against it, lowers confidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from diagnosis.synthetic import results_for
from rlprobe.diagnosis.conclusion import conclude
from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.probe_settings import settings_of
from rlprobe.faults import fault
from rlprobe.faults.transitions import Learner

GAE, ONE_STEP = Learner(gamma=0.9, lam=0.95), Learner(gamma=0.9)


def planted(*names):
    """The first forms of the faults with these ids."""
    return [(fault(name), fault(name).forms[0]) for name in names]


def with_values(results, **values):
    """The same results, with other values learned on the probes with these names."""
    changed = []
    for result in results:
        if result.trial.name not in values or result.trial.setting.autoreset_mode:
            changed.append(result)
            continue
        learned = np.broadcast_to(np.asarray(values[result.trial.name], float), result.expected.shape)
        runs = [
            replace(run, values=learned + 0.003 * run.seed, settled=True, diverged=False)
            for run in result.runs
        ]
        changed.append(judge(result.trial, runs))
    return changed


def conclusion(results):
    """The report on an agent with these results."""
    return conclude("agent", results)


@pytest.mark.slow
@pytest.mark.parametrize("declared", [True, False], ids=["declared", "undeclared"])
def test_three_faults_at_once_are_named(declared):
    """The newcomer's three faults are the first three causes, also if the agent says nothing of itself."""
    names = ("done-one-late", "truncation-as-termination", "reward-clipped")
    report = conclusion(results_for(GAE, planted(*names), declared=declared))
    assert {cause.fault for cause in report.causes[:3]} >= {"done-one-late", "reward-clipped"}
    assert str(report).split("\n")[1].strip().startswith("Several things are wrong: value targets")


@pytest.mark.slow
def test_a_fault_that_explains_a_part_is_believed_in_part():
    """Two probes as truncation-as-termination has them and two without a pattern: not over 90 %, and said."""
    results = with_values(
        results_for(GAE, planted("truncation-as-termination")),
        Decoder=(0.4, -2.2, 1.1),
        RewardSet=(4.0, 0.1, -3.0, 2.2),
    )
    report = conclusion(results)
    first = report.causes[0]
    assert first.fault == "truncation-as-termination"
    assert first.confidence <= 0.9 * first.coverage.explained / first.coverage.failing + 1e-9
    assert "failing probes; the rest is unknown." in str(report).replace("\n  ", "")


def test_a_passing_probe_that_contradicts_a_fault_is_named_against_it():
    """A missing discount with TimeLimitLoop right is no missing discount, whatever the other probes say."""
    results = with_values(
        results_for(ONE_STEP, planted("no-discount")), TimeLimitLoop=10.0, TruncBoot=(3.33, 3, -6, 3.7)
    )
    report = conclusion(results)
    found = {cause.fault: cause for cause in report.causes}
    if "no-discount" in found:
        assert found["no-discount"].confidence <= 0.5
        assert "TimeLimitLoop" in found["no-discount"].coverage.contradicted


@pytest.mark.slow
def test_wrong_values_without_a_pattern_are_given_no_confident_name():
    """Values that no fault teaches lead to no cause that is believed."""
    rng = np.random.default_rng(1)
    results = results_for(ONE_STEP, declared=False)
    of_values = [r for r in results if r.trial.probe.asks == "value" and not settings_of(r.trial.name).needs]
    sizes = {result.trial.name: result.expected.shape for result in of_values}
    wrong = {name: rng.uniform(-8.0, 8.0, shape) for name, shape in sizes.items()}
    report = conclusion(with_values(results, **wrong))
    assert report.verdict == "faulty"
    assert all(cause.confidence < 0.5 for cause in report.causes)
    assert "value targets" in str(report).partition("expected")[0]


@pytest.mark.slow
def test_a_free_factor_does_not_explain_single_values():
    """One wrong number on each probe of one state, each another factor, is not called rescaling."""
    results = with_values(results_for(ONE_STEP), Constant=2.3, RandomExit=1.4, TimeLimitLoop=6.0)
    report = conclusion(results)
    assert all(cause.confidence < 0.5 for cause in report.causes if cause.fault == "reward-rescaled")


@pytest.mark.slow
def test_evidence_cites_no_number_that_is_right():
    """A probe on which a fault predicts the right number is no evidence for it."""
    results = with_values(results_for(GAE, planted("truncation-as-termination")), RandomExit=0.6)
    report = conclusion(results)
    cause = next(cause for cause in report.causes if cause.fault == "truncation-as-termination")
    cited = {one.result.trial.name for one in cause.comparisons if one.predicted is not None}
    assert cited == {"TimeLimitLoop", "TruncBoot"}


@pytest.mark.slow
def test_what_the_agent_does_not_say_is_asked_for_where_it_would_decide():
    """An agent with an unexplained failure is asked for its lambda; one whose fault is clear is not."""
    strange = with_values(
        results_for(GAE, planted("reward-lag"), declared=False), RewardSet=(4.0, 0.1, -3.0, 2.2)
    )
    assert "gae_lambda" in conclusion(strange).undeclared
    clear = conclusion(results_for(GAE, planted("truncation-as-termination"), declared=True))
    assert clear.causes[0].confidence > 0.9
    assert not clear.undeclared


def test_few_probes_that_several_faults_explain_are_not_enough_to_tell():
    """With one probe the report says first that it is not enough."""
    results = [
        r for r in results_for(ONE_STEP, planted("reward-shifted"), seeds=1) if r.trial.name == "Constant"
    ]
    report = conclusion(results)
    assert report.verdict == "faulty"
    assert (
        str(report)
        .split("\n")[1]
        .strip()
        .startswith("Not enough to tell which fault it is: on 1 probe with 1 seed")
    )


@pytest.mark.slow
@pytest.mark.parametrize(("first", "said"), [(0.3, True), (0.0, False)])
def test_no_fault_is_believed_where_all_values_shrank_to_nothing(first, said):
    """Signs of rewards, divided by 100: what is left tells no fault from another."""
    signs = fault("reward-clipped")
    results = results_for(ONE_STEP, ((signs, signs.forms[1]),))

    def tiny(result):
        small = 0.01 * np.asarray(result.learned)
        runs = tuple(
            replace(run, values=0.01 * run.values, initial=first + 0.0 * run.values) for run in result.runs
        )
        return replace(result, runs=runs, learned=small, outcome="fail" if abs(small).max() > 0 else "pass")

    told = [tiny(one) if one.trial.probe.asks == "value" else one for one in results]
    report = conclude("agent", told)
    assert ("nearly 0" in str(report)) is said
    if said:
        assert all(cause.confidence < 0.5 for cause in report.causes)
