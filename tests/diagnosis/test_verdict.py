"""The rule that turns the outcomes of all trials into one word."""

from dataclasses import replace

import numpy as np
import pytest

from rlprobe.diagnosis.judging.judge import TOO_EARLY, judge
from rlprobe.diagnosis.judging.result import Result
from rlprobe.diagnosis.judging.verdict import verdict_of
from rlprobe.diagnosis.run import Run
from rlprobe.diagnosis.scheduling.again import confirmed_only
from rlprobe.diagnosis.trial import Trial

RUN = Run(seed=0, steps=1, seconds=0.0, gamma=0.9)
VALUES, ACTION, EXPLORATION = "Constant", "ContextBandit", "Lock"


def results(*outcomes):
    """One result per ``(probe, outcome)``."""
    return [
        Result(trial=Trial(name=name), runs=() if outcome == "skipped" else (RUN,), outcome=outcome)
        for name, outcome in outcomes
    ]


PASSED = [(VALUES, "pass"), (VALUES, "pass"), (ACTION, "pass")]
CASES = [
    (PASSED, {}, "healthy"),
    ([*PASSED, (VALUES, "fail")], {}, "faulty"),
    ([*PASSED, (VALUES, "fail")], {"crashed": True}, "faulty"),
    ([*PASSED, (EXPLORATION, "fail")], {}, "faulty"),
    ([*PASSED, (EXPLORATION, "undecided")], {}, "healthy"),
    (PASSED, {"crashed": True}, "inconclusive"),
    (PASSED, {"interrupted": True}, "inconclusive"),
    ([], {}, "inconclusive"),
    ([(VALUES, "skipped")], {}, "inconclusive"),
    ([*PASSED, (ACTION, "undecided"), (ACTION, "undecided")], {}, "inconclusive"),
    ([(VALUES, "pass"), (VALUES, "undecided")], {}, "inconclusive"),
    ([(EXPLORATION, "pass")], {}, "inconclusive"),
]


@pytest.mark.parametrize(("outcomes", "more", "verdict"), CASES)
def test_the_verdict_of_every_kind_of_outcome(outcomes, more, verdict):
    """Each row of the table gives its verdict."""
    assert verdict_of(results(*outcomes), **more) == verdict


@pytest.mark.parametrize(("solved", "verdict"), [((False,), "inconclusive"), ((False, True), "healthy")])
def test_a_probe_that_failed_in_its_only_run_leaves_the_verdict_open(solved, verdict):
    """It is no evidence of a fault, but nothing that speaks against one; a second seed that passes does."""
    runs = tuple(replace(RUN, seed=i, solved=one, settled=True) for i, one in enumerate(solved))
    failed = Result(trial=Trial(name="WillToLive"), runs=runs, outcome="fail")
    assert verdict_of(confirmed_only([*results(*PASSED), failed])) == verdict


@pytest.mark.parametrize(
    ("action", "outcome"),
    [(6.0, "undecided"), (5.6, "undecided"), (4.0, "fail"), (1.0, "fail"), (-2.0, "fail")],
)
def test_a_continuous_policy_at_the_bound_next_to_the_optimum_is_no_fault(action, outcome):
    """A mean that left the bounds acts at 6 where 5 is best; a forgotten offset (4) loses as much."""
    actions = np.array([[action]], np.float32)
    run = Run(seed=0, steps=8_000, seconds=1.0, gamma=0.9, actions=actions, solved=False, settled=True)
    assert judge(Trial(name="BoxTarget"), [run, run]).outcome == outcome


@pytest.mark.parametrize(
    ("known", "why"), [({"timed_out": True}, TOO_EARLY), ({"doubt": "never asked"}, "never asked")]
)
def test_an_agent_is_not_healthy_if_the_values_on_a_basic_probe_were_not_seen(known, why):
    """A run may end before its values are found: this probe is open, and not left out."""
    passed = Run(seed=0, steps=9, seconds=1.0, gamma=0.9, actions=np.array([1]), solved=True, settled=True)
    unseen = judge(Trial(name="Constant"), [Run(seed=0, steps=9, seconds=1.0, gamma=0.9, **known)])
    assert (unseen.outcome, unseen.why) == ("skipped", why)
    assert verdict_of([judge(Trial(name="ActionOrder"), [passed]), unseen]) == "inconclusive"
    blind = judge(Trial(name="Constant"), [Run(seed=0, steps=9, seconds=1.0, gamma=0.9)])
    assert verdict_of([judge(Trial(name="ActionOrder"), [passed]), blind]) == "healthy"
