"""What a report says of a script before its findings."""

from __future__ import annotations

import pytest

from rlprobe.scripts.telling import sentences

PLAIN = {
    "critic": "net",
    "note": "",
    "act": None,
    "count": 1,
    "environments": ["CartPole-v1"],
    "shift": None,
    "pay": 1.0,
    "idle": 0,
    "shaped": [],
    "soft": False,
    "entropy_factor": 1.0,
    "gamma": ("gamma", 0.9),
    "settings": [],
    "own_end": False,
    "never_at_ends": False,
    "standardised": [],
    "elites": [],
    "notes": [],
}


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({"idle": 15_000}, "no update in its first 15,000 steps"),
        ({"shift": "reward * 0.5"}, "learns from reward * 0.5"),
        ({"pay": 20.0}, "multiplies rewards by 0.05"),
        ({"gamma": None}, "{gamma} after --"),
    ],
)
def test_what_is_unusual_is_said(known, words):
    """And nothing of it where it is not so."""
    plain, told = " ".join(sentences(PLAIN)), " ".join(sentences({**PLAIN, **known}))
    assert words in told
    assert words not in plain
