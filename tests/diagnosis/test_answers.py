"""Whether a critic tells observations apart says where an observation is lost."""

from __future__ import annotations

import numpy as np
import pytest

from rlprobe.diagnosis.inference.answers import answers, answers_likelihood
from rlprobe.diagnosis.judging.result import Result
from rlprobe.diagnosis.run import Run
from rlprobe.diagnosis.trial import Trial
from rlprobe.faults import fault


def run(initial, values):
    """A run with the given values before and after learning."""
    return Run(seed=0, steps=1, seconds=0.0, gamma=0.9, initial=np.array(initial), values=np.array(values))


@pytest.mark.parametrize(
    ("initial", "values", "expected"),
    [
        ([0.1, 0.1, 0.1], [2.0, 2.0, 2.0], "same"),
        ([0.4, -0.3, 0.1], [2.03, 2.0, 1.99], "similar"),
        ([0.4, -0.3, 0.1], [2.4, 1.8, 2.0], "scattered"),
        ([0.4], [2.4], ""),
    ],
)
def test_answers_are_told_apart(initial, values, expected):
    """One number for all, trained towards each other, or as different as at first."""
    assert answers(run(initial, values)) == expected


def test_an_aliased_observation_is_not_one_that_never_arrives():
    """Similar answers speak for an array that changed in the buffer, and against an input that is lost."""
    one = run([0.4, -0.3, 0.1], [2.03, 2.0, 1.99])
    result = Result(trial=Trial(name="Decoder"), runs=(one,), outcome="fail")
    aliased, lost = fault("observation-aliased").forms[:1], fault("observation-ignored").forms[:1]
    assert answers_likelihood(result, aliased) == 0.0
    assert answers_likelihood(result, lost) < np.log(0.1)
