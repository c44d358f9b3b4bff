"""The demonstration shows what it says it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

README = (Path(__file__).parents[2] / "README.md").read_text()


@pytest.mark.slow
def test_the_demonstration_finds_its_own_fault(rlprobe):
    """The healthy agent comes out healthy, the faulty one with its fault first, as the README shows it."""
    got = rlprobe("demo")
    first, second = got.out.split("Every value is as expected.")
    assert (got.code, got.err) == (0, "")
    assert "PPO: healthy" in first
    assert "1. truncation-as-termination" in second
    assert max(map(len, got.out.splitlines())) <= 80
    assert shape(README.split("```text\n")[1].split("```")[0]) == shape(second)


def shape(report):
    """The cause, the sentences and the rows of a printed report, without learned numbers."""
    head = re.findall(r"^1\. .*$", report, re.MULTILINE)
    rows = re.findall(r"^(ok|FAIL) +(\w+) +(\S+)", report, re.MULTILINE)
    return head, rows, re.findall(r"^ +Look at .*$", report, re.MULTILINE)
