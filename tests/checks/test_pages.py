"""What a check names can be looked up."""

from __future__ import annotations

import pytest

from rlprobe.checks.families import FAMILIES
from rlprobe.commands.explain import explanation

IDS = sorted({mistake.id for family in FAMILIES for mistake in family.mistakes})


@pytest.mark.parametrize("mistake", IDS)
def test_each_mistake_has_a_page(mistake):
    """The page is the fault's where a diagnosis knows it, and tells the wrong line in any case."""
    assert explanation(mistake).startswith(f"# {mistake}\n")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_each_family_has_a_page(family):
    """It lists the mistakes that are named."""
    page = explanation(family.name)
    assert [one.id for one in family.mistakes if f"`{one.id}`" not in page] == []
