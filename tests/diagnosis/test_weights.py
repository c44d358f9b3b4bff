"""An explanation is dropped early only if it cannot count any more."""

from __future__ import annotations

import numpy as np
import pytest

from diagnosis.synthetic import CLEAN, results_for
from rlprobe.diagnosis.inference.likelihood import most_likely, value_likelihood
from rlprobe.diagnosis.inference.posterior import Evidence
from rlprobe.faults import fault


@pytest.mark.parametrize("name", ["termination-ignored", "loss-broadcast", "value-target-is-prediction"])
def test_no_prediction_exceeds_the_largest_likelihood(name):
    """Also where values grow without bound, drift, or stay as they were at first."""
    entry = fault(name)
    evidence = Evidence(results_for(CLEAN, ((entry, entry.forms[0]),), noise=0.05))
    judged = [result for result in evidence.results if result.trial.probe.asks == "value"]
    explanations = [e for e, _ in evidence.posterior(most_faults=1) if not e.unknown]
    with np.errstate(all="ignore"):
        for result in judged:
            most = most_likely(result) + 1e-9
            assert all(value_likelihood(result, evidence.predicted(e, result)) <= most for e in explanations)
