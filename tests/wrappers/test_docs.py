"""The example of the wrappers runs; the pages about them run with all the others."""

from __future__ import annotations

import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_example_runs(capsys):
    """The example trains, saves, resumes and evaluates, and says how many observations it has counted."""
    runpy.run_path(str(ROOT / "examples" / "normalize_and_scale.py"))
    assert "resumed: 1509 observations counted" in capsys.readouterr().out
