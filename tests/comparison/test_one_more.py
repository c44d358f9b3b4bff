"""A difference that one more failing seed would undo is told as such; it can be asked not to count."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import rlprobe
from rlprobe.comparison.report.page import page
from rlprobe.comparison.statistics.one_more import UNLIKE_ERRORS
from tests.cli.conftest import rlprobe as command  # noqa: F401 - a fixture
from tests.comparison.logs import group


def test_one_more_seed_that_fails(command, tmp_path):  # noqa: F811
    """A difference that one failing seed would undo is told as such, and is none with ``--allow-failure``."""
    group(tmp_path / "ppo", 130, spread=10.0)
    group(tmp_path / "sac", 100, seed=1, spread=10.0)
    plain = command("compare", tmp_path / "ppo", tmp_path / "sac", "--json", tmp_path / "plain.json")
    words = " ".join(plain.out.split())
    assert (plain.code, "ppo is better" in words) == (0, True)
    assert "would undo this; --allow-failure would ask for more seeds." in words
    assert "equal means different in 17 % with 5 seeds, not in 5 %." in words
    told = json.loads((tmp_path / "plain.json").read_text())["pairs"][0]
    assert told["p"] == told["if_none_fails"]["p"] <= 0.05 < told["if_one_fails"]["p"]
    assert told["low"] > 0 > told["if_one_fails"]["low"]
    careful = command("compare", tmp_path / "ppo", tmp_path / "sac", "--allow-failure")
    words = " ".join(careful.out.split())
    assert (careful.code, "too few seeds to tell" in words) == (3, True)
    assert "would undo it: 5 seeds without a failure leave up to 45 % failing" in words


def test_one_more_seed_is_not_spoken_of_where_it_undoes_nothing():
    """A large difference, noise, and more than ten seeds say nothing of it; else the page says it too."""
    a, b = np.array([5.1, 4.9, 5.3, 5.0, 5.2]), np.array([1.1, 0.9, 1.3, 1.0, 1.2])
    many = np.tile(a, 3)
    for one, other in ((a, b), (a, a + 0.01), (many, many - 0.3)):
        assert "would undo" not in str(rlprobe.compare(one, other))
    found = rlprobe.compare(a, b + 3.5)
    assert found.verdict == "better"
    assert "would undo this; <code>--allow-failure</code>" in page(found)
    assert rlprobe.compare(a, b + 3.5, allow_failure=True).verdict == "too few seeds"


def test_a_failure_that_was_seen_does_not_hide():
    """How often the test errs where failures hide is only said of groups in which none was seen."""
    failing = np.array([0.0, 0.1, 9.8, 10.0, 10.1, 10.2, 9.9, 10.3])
    found = rlprobe.compare(failing, failing + 100, names=["a", "b"])
    assert [group.failed.hits for group in found.groups] == [2, 2]
    assert "calls equal means different" not in str(found)


def test_errors_that_are_told_are_those_that_were_measured():
    """What the report says of shapes that differ stands on the page of measured errors."""
    measured = (Path(rlprobe.__file__).parents[1] / "docs/compare/measured.md").read_text()
    row = r"\| (?:normal against 30 % fail|30 % fail against normal) \| (\d+)(?: against 10)? \| ([\d.]+) %"
    shares = {int(count): float(share) for count, share in reversed(re.findall(row, measured))}
    assert {count: pytest.approx(shares[count] / 100, abs=0.006) for count in range(3, 9)} == UNLIKE_ERRORS


@pytest.mark.parametrize("until_clear", [False, True])
def test_looks_can_allow_for_one_more_failure(until_clear):
    """With five fixed looks, too, what one more seed would undo counts only without ``allow_failure``."""
    a = np.array([112.0, 118, 105, 121, 109])
    b = a - 25
    by_default = rlprobe.compare(a, b, until_clear=until_clear)
    careful = rlprobe.compare(a, b, until_clear=until_clear, allow_failure=True)
    assert (by_default.verdict, careful.verdict) == ("better", "too few seeds")
    assert "would undo this" in str(by_default)
    assert "would undo this" not in str(careful)
