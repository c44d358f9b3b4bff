"""Makes the example report: diagnoses the faulty agent of ``rlprobe demo`` and takes the page's picture.

Run it with Chromium on the path: ``python docs/report/make_report.py``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import rlprobe
from rlprobe.commands.demo_agent import make_faulty

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from generate.screenshot import pictures  # noqa: E402


def main() -> None:
    """Write ``ppo.html`` and its two pictures."""
    report = rlprobe.diagnose(make_faulty, seeds=3, jobs=2, budget=400)
    assert report.causes[0].fault == "truncation-as-termination", report
    report.to_html(HERE / "ppo.html")
    pictures(HERE / "ppo.html", HERE / "ppo", height=760)


if __name__ == "__main__":
    main()
