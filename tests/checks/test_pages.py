"""What a check names can be looked up."""

from __future__ import annotations

from rlprobe.checks.families import FAMILIES
from rlprobe.checks.pages import OF_ANY, family_pages, mistake_pages
from rlprobe.commands.explain import explanation


def test_each_mistake_has_a_page():
    """The page is the fault's where a diagnosis knows it."""
    pages = mistake_pages()
    assert {mistake.id for family in FAMILIES for mistake in family.mistakes} | set(OF_ANY) == set(pages)
    assert all(page.startswith(f"# {name}\n") for name, page in pages.items())
    for name in ("ppo-max-for-min", "gae-not-cut"):
        assert explanation(name).startswith(f"# {name}\n")


def test_each_family_has_a_page():
    """It lists the mistakes that are named."""
    assert explanation("gae") == family_pages()["gae"]
    for family in FAMILIES:
        page = family_pages()[family.name]
        assert [one.id for one in family.mistakes if f"`{one.id}`" not in page] == []
