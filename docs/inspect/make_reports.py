"""Renews the three reports of this folder: what the terminal says, and the upper part of the page.

Run it with Chromium on the path and nothing else at work: ``python docs/inspect/make_reports.py``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from generate.screenshot import pictures  # noqa: E402

ENVIRONMENTS = {
    "cartpole": ["CartPole-v1"],
    "half_cheetah": ["HalfCheetah-v5"],
    "pong": ["ALE/Pong-v5", "--seconds", "120"],  # its games are long
}


def main() -> None:
    """Renew the reports that are named, or all."""
    for name in sys.argv[1:] or ENVIRONMENTS:
        said = inspected(ENVIRONMENTS[name], HERE / name)
        page = HERE / f"{name}.md"
        before, _, rest = page.read_text().partition("```text\n")
        page.write_text(f"{before}```text\n{said.rstrip()}\n```{rest.partition('```')[2]}")


def inspected(words: list[str], target: Path) -> str:
    """Inspect an environment and take the page's pictures; returns what the terminal says."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        command = [sys.executable, "-m", "rlprobe", "inspect", *words, "--html", str(page)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
        pictures(page, target, height=1330)
    return said


if __name__ == "__main__":
    main()
