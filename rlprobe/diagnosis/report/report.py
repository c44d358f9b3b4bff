"""The report of ``rlprobe.diagnose``: ``print`` it, or write it as JSON or as an HTML page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rlprobe.diagnosis.report.findings import Findings
from rlprobe.diagnosis.report.notes import in_short
from rlprobe.output.files import write_atomically

if TYPE_CHECKING:
    import os


class Report(Findings):
    """The report of ``rlprobe.diagnose``; its fields are those of ``Findings``."""

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Write the report as JSON (schema 1); the file is never left half written."""
        write_atomically(path, (json.dumps(self.as_dict(), indent=2) + "\n").encode())

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write the report as one HTML page that works offline."""
        from rlprobe.diagnosis.report.page import page

        write_atomically(path, page(self).encode())

    def raise_if_faulty(self) -> None:
        """Raise ``AssertionError`` with the whole report as its text unless the agent is healthy.

        For tests: ``rlprobe.diagnose(make_agent).raise_if_faulty()``.
        """
        if self.verdict != "healthy":
            raise AssertionError(str(self))

    def __repr__(self) -> str:
        return f"<{in_short(self)}; print it for the whole report>"

    def __str__(self) -> str:
        from rlprobe.diagnosis.report.console import text

        return text(self)
