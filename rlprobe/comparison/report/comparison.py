"""The result of ``rlprobe.compare``: ``print`` it, or write it as JSON or as an HTML page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rlprobe.comparison.findings import Findings
from rlprobe.comparison.report.plain import as_dict
from rlprobe.comparison.report.terminal import lines
from rlprobe.output.files import write_atomically

if TYPE_CHECKING:
    import os


class Comparison(Findings):
    """The result of ``rlprobe.compare``; its fields are those of ``Findings``."""

    def as_dict(self) -> dict[str, Any]:
        """The result as plain data, schema 1; ends of intervals that are infinite are ``None``."""
        return as_dict(self)

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Write the result as JSON (schema 1); the file is never left half written."""
        text = json.dumps(self.as_dict(), indent=2, allow_nan=False) + "\n"
        write_atomically(path, text.encode())

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write the result as one HTML page that works offline."""
        from rlprobe.comparison.report.page import page

        write_atomically(path, page(self).encode())

    def __str__(self) -> str:
        return "\n".join(line for line, _ in lines(self))
