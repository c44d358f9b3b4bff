"""Makes the example report: diagnoses the faulty agent of ``rlprobe demo`` and takes the page's picture.

Run it with Chromium on the path: ``python docs/report/make_report.py``.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import rlprobe
from rlprobe.commands.demo_agent import make_faulty

HERE = Path(__file__).parent
SIZE = 1100, 760
SCHEMES = {"dark": 0, "light": 1}
"""What Chromium calls them."""


def main() -> None:
    """Write ``ppo.html`` and its two pictures."""
    report = rlprobe.diagnose(make_faulty, seeds=3, jobs=2)
    assert report.causes[0].fault == "truncation-as-termination", report
    report.to_html(HERE / "ppo.html")
    for scheme, number in SCHEMES.items():
        picture(HERE / "ppo.html", HERE / f"ppo_{scheme}.png", number)


def picture(page: Path, target: Path, scheme: int) -> None:
    """The upper part of a page in light or dark."""
    chromium = shutil.which("chromium") or shutil.which("chrome")
    assert chromium, "Chromium is not on the path"
    with tempfile.TemporaryDirectory() as profile:
        command = [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={profile}", f"--window-size={SIZE[0]},{SIZE[1]}",
            f"--blink-settings=preferredColorScheme={scheme}", f"--screenshot={target}", page.as_uri(),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603


if __name__ == "__main__":
    main()
