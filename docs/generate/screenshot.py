"""Pictures of a page, in light and dark, by Chromium."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

WIDTH = 1100
SCHEMES = {"dark": 0, "light": 1}
"""What Chromium calls them."""


def pictures(page: Path, target: Path, *, height: int) -> None:
    """Write the upper part of ``page`` to ``<target>_light.png`` and ``<target>_dark.png``."""
    chromium = shutil.which("chromium") or shutil.which("chrome")
    assert chromium, "Chromium is not on the path"
    for scheme, number in SCHEMES.items():
        with tempfile.TemporaryDirectory() as profile:
            command = [
                chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
                f"--user-data-dir={profile}", f"--window-size={WIDTH},{height}",
                f"--blink-settings=preferredColorScheme={number}",
                f"--screenshot={target}_{scheme}.png", page.as_uri(),
            ]  # fmt: skip
            subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603
