"""Runs the command line in this process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from rlprobe.cli import main

STRANGE = Path(__file__).with_name("strange_agents.py")
QUICK = ("--only", "Constant", "--seeds", "1", "--jobs", "1")


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture
def rlprobe(capsys, monkeypatch):
    """``rlprobe("diagnose", "sb3:PPO")`` gives the exit code and both outputs."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*words):
        try:
            code = main([str(word) for word in words])
        except SystemExit as exit_:
            code = exit_.code
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def strange():
    """The target of a factory in ``strange_agents.py``."""
    return lambda name: f"{STRANGE}:{name}"
