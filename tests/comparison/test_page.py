"""The page shows what the terminal says, offline and escaped."""

from __future__ import annotations

import html
import re

import pytest

import rlprobe
from rlprobe.comparison.report.page import page
from tests.comparison.logs import curve, group, monitor

HOSTILE = "<script>alert(1)<script>"


@pytest.fixture
def found(tmp_path):
    """Two groups, one of them with a name that is markup, with failing seeds."""
    group(tmp_path / HOSTILE, 200)
    group(tmp_path / "sac", 100, seed=1, count=6)
    for i in (0, 1):
        monitor(tmp_path / "sac" / f"seed_{i}" / "monitor.csv", curve(0, i + 50))
    return rlprobe.compare(tmp_path / HOSTILE, tmp_path / "sac")


def test_the_page_says_what_the_terminal_says(found):
    """Verdict, difference, noise floor, failing seeds and needed seeds are on the page."""
    text = " ".join(
        html.unescape(re.sub(r"<[^>]*>", " ", page(found).replace("&lt;script&gt;", "S"))).split()
    )
    for words in ("difference", "of the range", "or more in 1 of 4 draws", "2 of 6 seeds of sac failed"):
        assert words in text
    assert "minimum ever" in text


def test_names_are_escaped_and_nothing_is_loaded(found):
    """Names cannot become markup, and the page asks for no other file."""
    text = page(found)
    assert HOSTILE not in text
    assert not re.search(r"(?:src|href)=.https?:", text)


def test_every_seed_is_drawn(found, tmp_path):
    """A thin line for each seed, a bold one for the median of each group."""
    text = page(found)
    assert text.count('class="seed"') == 11
    assert text.count('class="median"') == 2
    found.to_html(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text() == text


def test_arrays_of_scores_have_no_curves():
    """Final scores alone are drawn as points."""
    text = page(rlprobe.compare([1.0, 2, 3, 4], [5.0, 6, 7, 8.5]))
    assert 'class="median"' not in text
    assert text.count('class="score"') == 8
