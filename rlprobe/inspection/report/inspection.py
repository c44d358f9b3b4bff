"""The report of ``rlprobe.inspect``: ``print`` it, or write it as JSON or as an HTML page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rlprobe.inspection.findings import Findings
from rlprobe.inspection.report.plain import as_dict
from rlprobe.inspection.report.terminal import lines
from rlprobe.output.files import write_atomically

if TYPE_CHECKING:
    import os


class Inspection(Findings):
    """The report of ``rlprobe.inspect``; its fields are those of ``Findings``."""

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data, schema 1."""
        return as_dict(self)

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Write the report as JSON (schema 1); the file is never left half written."""
        text = json.dumps(self.as_dict(), indent=2, allow_nan=False) + "\n"
        write_atomically(path, text.encode())

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write the report as one HTML page that works offline."""
        from rlprobe.inspection.report.page import page

        write_atomically(path, page(self).encode())

    def __str__(self) -> str:
        return "\n".join(line for line, _ in lines(self))
