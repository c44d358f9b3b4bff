"""The folder of a run: ``verdict.json``, ``run.jsonl``, ``report.html``."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlprobe.extras import MissingExtraError
from rlprobe.output.files import write_atomically
from rlprobe.output.versions import versions

if TYPE_CHECKING:
    import os

    from rlprobe.monitors.described import Run

FIRST_AFTER_S = 5.0
MOST_BETWEEN_S = 60.0
WRITING_SHARE = 0.002
"""Of the time, for what is written while the run goes on."""
VERDICT, ROWS, PAGE = "verdict.json", "run.jsonl", "report.html"


class Folder:
    """Writes what is known of a run: now and then while it goes on, and at its end.

    Args:
        path: the folder; made if it is not there.

    Raises:
        OSError: it cannot be made or written to.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            probe = self.path / ".rlprobe"
            probe.touch()
            probe.unlink()
        except OSError as error:
            reason = error.strerror or error
            raise OSError(f"{path}: expected a folder that can be written to: {reason}") from error
        self.path = self.path.resolve()
        self._next = time.monotonic() + FIRST_AFTER_S
        self._between = FIRST_AFTER_S

    def write_if_due(self, run: Run) -> None:
        """Write again if it is time: every few seconds, and never for more than a small share of the time."""
        began = time.monotonic()
        if began < self._next:
            return
        self.write(run, page=False)
        now = time.monotonic()
        self._between = max(min(2.0 * self._between, MOST_BETWEEN_S), (now - began) / WRITING_SHARE)
        self._next = now + self._between

    def write(self, run: Run, *, page: bool) -> None:
        """Write the files; an error is noted in the run."""
        try:
            if page:
                self._write_page(run)
            write_atomically(self.path / ROWS, run.curves.lines(head(run)).encode())
            text = json.dumps(verdict_json(run), indent=1)
            write_atomically(self.path / VERDICT, text.encode())
        except OSError as error:
            run.problems.append(f"{self.path} could not be written: {error}")

    def _write_page(self, run: Run) -> None:
        from rlprobe.monitors.report.page import page

        try:
            text = page(run)
        except MissingExtraError as error:
            run.problems.append(str(error))
            return
        write_atomically(self.path / PAGE, text.encode())


def head(run: Run) -> dict[str, Any]:
    """The first line of ``run.jsonl``."""
    return {
        "run": run.name,
        "steps": run.steps,
        "seconds": round(run.seconds, 3),
        "versions": versions(),
    }


def verdict_json(run: Run) -> dict[str, Any]:
    """``verdict.json`` as plain data, schema 1."""
    return {
        "schema": 1,
        "verdict": run.verdict,
        "steps": run.steps,
        "seconds": round(run.seconds, 3),
        "findings": [one.as_json() for one in run.findings],
        **({"problems": run.problems} if run.problems else {}),
    }
