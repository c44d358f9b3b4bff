"""The code on the pages about wrappers, and the example, run."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = ["index", "migration"]


@pytest.mark.parametrize("page", PAGES)
def test_code_blocks_run(page, capsys):
    """Every block of a page runs, after those before it."""
    text = (ROOT / "docs" / "wrappers" / f"{page}.md").read_text()
    blocks = BLOCK.findall(text)
    assert len(blocks) >= 2
    namespace = {"__name__": page}
    for block in blocks:
        exec(compile(block, f"{page}.md", "exec"), namespace)
    assert "Error" not in capsys.readouterr().err


def test_the_example_runs(capsys):
    """The example trains, saves, resumes and evaluates, and says how many observations it has counted."""
    runpy.run_path(str(ROOT / "examples" / "normalize_and_scale.py"))
    assert "resumed: 1509 observations counted" in capsys.readouterr().out
