"""The demonstration shows what it says it shows."""

from __future__ import annotations

import pytest


@pytest.mark.slow
def test_the_demonstration_finds_its_own_fault(rlprobe):
    """The healthy agent comes out healthy, the faulty one with its fault named first."""
    got = rlprobe("demo")
    first, second = got.out.split("Every value is right.")
    assert (got.code, got.err) == (0, "")
    assert "PPO: healthy" in first
    assert "1. truncation-as-termination" in second
    assert max(map(len, got.out.splitlines())) <= 80
