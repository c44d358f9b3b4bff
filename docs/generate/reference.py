"""The first page of the reference: every public name, with a link to where it is described."""

from __future__ import annotations

import re
from pathlib import Path

from generate.markdown import joined, table

FOLDER = Path(__file__).parents[1] / "reference"
INTRODUCTION = """# Reference

Every public name, by the path to import it from.
"""


def reference_list() -> str:
    """The names of each page of the reference in a table."""
    pages = {path: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.md"))}
    rows = [
        [f"[{text.splitlines()[0].removeprefix('# ')}]({path.name})", ", ".join(_names(text))]
        for path, text in pages.items()
    ]
    return joined(INTRODUCTION, table(["page", "names"], rows))


def _names(text: str) -> list[str]:
    """Links to what a page describes."""
    return [f"[`{name}`][{name}]" for name in re.findall(r"^::: (\S+)", text, re.MULTILINE)]
