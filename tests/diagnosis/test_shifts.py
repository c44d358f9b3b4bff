"""A number that is added to rewards is read from the values of Constant, whatever it is."""

from __future__ import annotations

import pytest

from diagnosis.synthetic import CLEAN, results_for
from rlprobe.diagnosis.conclusion import conclude
from rlprobe.faults import fault
from rlprobe.faults.rewards.reward_shifted import with_numbers

WAYS = ("in each step", "in the last step", "in place of the last reward")


@pytest.mark.slow
@pytest.mark.parametrize("way", range(len(WAYS)), ids=WAYS)
@pytest.mark.parametrize("number", [-0.3, 0.5, -5.0, 20.0])
def test_any_number_is_named(number, way):
    """Penalties and bonuses that people choose themselves."""
    form = with_numbers((number,)).forms[way - len(WAYS)]
    assert form.name.endswith(WAYS[way])
    report = conclude("agent", results_for(CLEAN, ((fault("reward-shifted"), form),), declared=False))
    assert report.causes
    assert report.causes[0].fault == "reward-shifted", report
    assert report.causes[0].confidence > 0.5, report


def test_a_number_that_explains_only_the_value_it_was_read_from_is_half_believed():
    """Any wrong value of Constant could be read so."""
    form = with_numbers((0.27,)).forms[-3]
    alone = [
        one
        for one in results_for(CLEAN, ((fault("reward-shifted"), form),), declared=False)
        if one.trial.name == "Constant"
    ]
    causes = {cause.fault: cause.confidence for cause in conclude("agent", alone).causes}
    assert causes.get("reward-shifted", 0.0) <= 0.5
