"""Every planted mistake is caught and named, and no right function is called wrong."""

from __future__ import annotations

import numpy as np
import pytest
from checks.mistakes import PLANTED, bookkeeping, policies, rollouts, strangers, targets  # noqa: F401 - they register

import rlprobe
from rlprobe.checks.families import FAMILIES


def some():
    """The first mistake of each family, and one of each kind that conventions could hide."""
    seen = {}
    for one in PLANTED:
        seen.setdefault(one.family, []).append(one)
    return [one for rows in seen.values() for place, one in enumerate(rows) if place == 0 or one.fast]


def name(one):
    """How a planted function is called in the list of tests."""
    return one.function.__name__


@pytest.mark.parametrize("one", some(), ids=name)
def test_a_mistake_is_named(one):
    """The failure has the id of the mistake."""
    with pytest.raises(rlprobe.check.CheckFailure) as raised:
        getattr(rlprobe.check, one.family)(one.function)
    assert raised.value.mistake == one.mistake


@pytest.mark.slow
@pytest.mark.parametrize("one", [one for one in PLANTED if one not in some()], ids=name)
def test_the_other_mistakes_are_named_too(one):
    """All of the table in the documentation."""
    test_a_mistake_is_named(one)


def test_there_are_enough_mistakes_of_every_family():
    """At least sixty, and two of each family."""
    counts = {name: sum(one.family == name for one in PLANTED) for name in rlprobe.check.FAMILY_NAMES}
    assert sum(counts.values()) >= 60
    assert {family: count for family, count in counts.items() if count < 2} == {}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_the_mistakes_of_a_family_differ_from_what_is_right(family):
    """No formula of a mistake gives the right numbers on the first ten cases."""
    from rlprobe.checks.trial.compare import close

    cases = [family.fit(c, frozenset(r.name for r in family.roles)) for c in list(family.cases())[:10]]
    for mistake in family.mistakes:
        if mistake.recognise is None:
            assert any(
                not close(np.asarray(value), np.asarray(family.right(case).get(key, np.inf)), 2e-4)
                for case in cases
                for key, value in mistake.outputs(case).items()
            ), mistake.what
