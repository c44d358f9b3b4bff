"""Every planted defect is found with the right sentence, and a healthy environment has none of them."""

from __future__ import annotations

import pytest

DEFECTS = [
    # class, flag, severity, words of the sentence, steps
    ("Constant", "constant-component", "look", "observation[2] is always 0.5", 1500),
    ("Million", "badly-scaled", "harmful", "observation[2] is ", 1500),
    ("Outlier", "outlier", "harmful", "observation[2] has outliers: 50 at seed", 12_000),
    ("Nan", "non-finite", "harmful", "observation[1] is nan in 1 of", 6000),
    ("HugeReward", "reward-scale", "harmful", "rewards from 1e+06 to 1e+06", 1500),
    ("NoReward", "reward-never-given", "harmful", "Random play never got a reward in 15 episodes", 1500),
    ("RandomReset", "reset-not-deterministic", "harmful", "two different first observations", 1500),
    ("RandomStep", "not-deterministic", "harmful", "another observation at seed 0, step 2", 1500),
    ("SharedBuffer", "buffer-reused", "harmful", "The observation of step 0 changed when step 1", 1500),
    ("IntegerId", "integer-id", "look", "observation[2]: a Box that holds only whole numbers", 1500),
    ("WrongBounds", "out-of-bounds", "harmful", "is declared [-0.11, 0.11]", 1500),
    ("Early", "truncated-elsewhere", "harmful", "limit of 100: always after 99 steps", 1500),
    ("Late", "truncated-elsewhere", "harmful", "limit of 100: always after 101 steps", 1500),
    ("Angle", "angle-wrap", "look", "observation[2] wraps like an angle", 1500),
    ("Leaking", "info-leak", "look", "info holds optimal_action", 1500),
    ("Raises", "raises", "harmful", "step() raised RuntimeError: the simulator is unstable", 1500),
    ("NeverEnds", "no-episode-ended", "look", "No episode ended within 1,500 steps", 1500),
    (
        "WrongShape",
        "wrong-type",
        "harmful",
        "observation has shape (4,), but the observation space declares (3,)",
        1500,
    ),
]


@pytest.mark.parametrize("defect", DEFECTS, ids=[d[0] for d in DEFECTS])
def test_defect_is_found(planted, inspected, defect):
    """A planted defect is flagged, with its severity and with a sentence that says what was measured."""
    name, flag, severity, words, steps = defect
    report = inspected(planted.limited(getattr(planted, name)()), steps=steps)
    found = report.flag(flag)
    assert found is not None, [f.id for f in report.flags]
    assert found.severity == severity
    assert words in found.sentence
    assert report.exit_code == (1 if severity == "harmful" else 0)


def test_healthy_environment_has_no_flag(planted, inspected):
    """Nothing is harmful or worth a look in the environment in which the defects are planted."""
    report = inspected(planted.limited(planted.Healthy()), steps=12_000)
    assert [flag.sentence for flag in report.flags if flag.severity != "note"] == []


ALONE = [
    "Constant",
    "IntegerId",
    "Leaking",
    "Angle",
    "Early",
    "SharedBuffer",
    "RandomReset",
    "Raises",
    "WrongBounds",
]


@pytest.mark.parametrize("name", ALONE)
def test_defect_raises_no_other_flag(planted, inspected, name):
    """A defect that leaves the rest of the environment intact raises its own flag and no other."""
    report = inspected(planted.limited(getattr(planted, name)()))
    own = next(flag for defect, flag, *_ in DEFECTS if defect == name)
    assert {flag.id for flag in report.flags if flag.severity != "note"} == {own}
