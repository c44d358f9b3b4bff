"""Probes that a script cannot learn on are left out, and it is said why."""

from __future__ import annotations

import pytest

from rlprobe.diagnosis.trial import Trial
from rlprobe.scripts.inside.gate import Gate
from rlprobe.scripts.unsuited import ELITES, NO_CRITIC, ONE_NUMBER, ONE_STEP, STANDARDISED, unsuited


@pytest.mark.parametrize(
    ("name", "known", "reason"),
    [
        ("Constant", {"never_at_ends": True}, ONE_STEP),
        ("ContextBandit", {"never_at_ends": True}, ONE_STEP),
        ("Chain", {"never_at_ends": True}, ""),
        ("Constant", {}, ""),
        ("Constant", {"critic": None}, NO_CRITIC),
        ("BoxTarget2D", {}, ONE_NUMBER),
        ("BoxTarget2D", {"shape": [3]}, ""),
        ("CashOut", {"standardised": ["`x`"], "critic": None}, STANDARDISED),
        ("ActionOrder", {"standardised": ["`x`"], "critic": None}, STANDARDISED),
        ("ActionOrder", {"standardised": ["`x`"]}, ""),
        ("WillToLive", {"elites": ["`x`"], "critic": None}, ELITES),
        ("WillToLive", {"elites": ["`x`"]}, ""),
        ("ContextBandit", {"elites": ["`x`"], "critic": None}, ""),
        ("ContextBandit", {"standardised": ["`x`"]}, ""),
    ],
)
def test_what_is_left_out(name, known, reason):
    """A script that learns within episodes only never learns where they are one step."""
    known = {
        "own_rewards": False,
        "never_at_ends": False,
        "standardised": [],
        "elites": [],
        "critic": "net",
        "shape": [],
        **known,
    }
    assert unsuited(Trial(name=name), known) == reason


@pytest.mark.parametrize(
    ("within", "at_ends", "never"), [(40, 0, True), (40, 1, False), (5, 0, False), (25, 0, False)]
)
def test_a_script_that_never_learns_after_a_last_step_is_told_by_its_updates(within, at_ends, never):
    """It has to learn after most other steps: one that learns every few steps may miss the ends by chance."""
    gate = Gate(-1, -1, lambda _: {})
    gate.steps, gate.episodes = 90, 30
    gate.updates_within, gate.updates_at_ends = within, at_ends
    assert gate.never_at_ends is never
