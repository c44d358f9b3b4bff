"""Every fault is told from health and from every other fault, given the results that it predicts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from diagnosis.synthetic import results_for
from rlprobe.diagnosis.inference.causes import causes_of
from rlprobe.diagnosis.inference.posterior import HEALTHY, Evidence
from rlprobe.faults import FAULTS, fault
from rlprobe.faults.transitions import Learner

ROLLOUT = 5
"""The length of rollouts, for faults that show with short ones only."""
LEARNERS = {
    "one-step": Learner(gamma=0.9),
    "huber": Learner(gamma=0.9, loss="huber"),
    "lambda": Learner(gamma=0.9, lam=0.95),
}
AS_AT_FIRST = {"distribution-mass-lost", "last-step-dropped", "observation-not-advanced"}
"""Faults that leave values as a network had them at first, or as others moved them, which only a real agent
shows: tests/planted."""


def quickest(form):
    """The kind of learner with which the form of a fault is always tested, one of those that can have it."""
    return next((kind for kind in ("lambda", "one-step") if form.applies(LEARNERS[kind])), "")


FIRST = {entry.component: entry.id for entry in reversed(FAULTS)}
"""The first fault of each component."""


def is_slow(kind, entry, number):
    """Whether a case is not among those of the default suite: one for each component."""
    return bool(number) or kind != quickest(entry.forms[number]) or entry.id != FIRST[entry.component]


CASES = [
    pytest.param(kind, entry.id, i, marks=[pytest.mark.slow] if is_slow(kind, entry, i) else [])
    for kind, learner in LEARNERS.items()
    for entry in FAULTS
    for i, form in enumerate(entry.forms)
    if form.applies(learner) and form.prior >= 1.0 and entry.id not in AS_AT_FIRST
]


def named(results):
    """The ids of the causes, the likeliest first."""
    evidence = Evidence(results)
    return [cause.fault for cause in causes_of(evidence, evidence.posterior())]


@pytest.mark.parametrize("kind", LEARNERS)
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
def test_a_healthy_agent_is_called_healthy(kind, seed):
    """Right values with noise have health as their best explanation, and no probe fails."""
    results = results_for(LEARNERS[kind], seed=seed)
    assert {result.outcome for result in results} == {"pass"}
    best, chance = Evidence(results).posterior()[0]
    assert best.name == HEALTHY
    assert chance > 0.9


@pytest.mark.parametrize(("kind", "name", "form"), CASES)
def test_each_form_of_each_fault_is_named_first(kind, name, form):
    """The values that a fault predicts lead back to that fault."""
    entry = fault(name)
    short = ROLLOUT if entry.forms[form].at_ends else None
    learner = replace(LEARNERS[kind], rollout=short)
    results = results_for(learner, ((entry, entry.forms[form]),), modes=("next_step",))
    assert any(result.outcome == "fail" for result in results)
    assert named(results)[0] == name


@pytest.mark.parametrize("name", ["no-discount", "truncation-as-termination", "loss-broadcast", "reward-lag"])
@pytest.mark.slow
def test_agents_that_do_not_say_how_they_learn_are_told_apart_too(name):
    """Without a declared lambda or loss, all kinds of learner are considered."""
    entry = fault(name)
    results = results_for(LEARNERS["lambda"], ((entry, entry.forms[0]),), declared=False)
    assert named(results)[0] == name


@pytest.mark.parametrize("number", [-1.0, -0.1, pytest.param(0.1, marks=pytest.mark.slow), 1.0])
def test_a_number_that_is_added_to_every_reward_is_a_shift(number):
    """A penalty or a bonus for each step."""
    entry = fault("reward-shifted")
    form = next(one for one in entry.forms if one.name == f"{number:+g} in each step")
    assert named(results_for(LEARNERS["one-step"], ((entry, form),)))[0] == entry.id


@pytest.mark.slow
def test_two_faults_at_once_are_both_named():
    """Rewards are clipped and truncation is treated as termination: both are causes."""
    pair = tuple(
        (fault(name), fault(name).forms[0]) for name in ("reward-clipped", "truncation-as-termination")
    )
    assert set(named(results_for(LEARNERS["one-step"], pair))[:2]) == {entry.id for entry, _ in pair}


def test_faults_that_predict_the_same_share_the_confidence():
    """Without probes that tell two faults apart, neither is named for certain."""
    entry = fault("loss-broadcast")
    results = results_for(LEARNERS["lambda"], ((entry, entry.forms[0]),))
    values_only = [r for r in results if r.trial.name in {"Constant", "ObservationSign", "RewardSet"}]
    evidence = Evidence(values_only)
    causes = causes_of(evidence, evidence.posterior())
    assert {"loss-broadcast", "arrays-shuffled-apart"} <= {cause.fault for cause in causes[:3]}
    assert causes[0].confidence < 0.9
