"""Pieces of Markdown that the generated pages are made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

REPORTED = re.compile(r"\b([\w.-]+/[\w.-]+)#(\d+)")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing if it has no rows."""
    found = list(rows)
    lines = [head, ["---"] * len(head), *found]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n" if found else ""


def joined(*parts: str) -> str:
    """The parts that are not empty, as paragraphs."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"


def links(names: Iterable[str], folder: str = "", nothing: str = "") -> str:
    """Links to the pages of probes or faults in another folder, separated by commas."""
    return ", ".join(f"[{name}]({folder}{name}.md)" for name in names) or nothing


def navigation(title: str, names: Iterable[str]) -> str:
    """The navigation of a folder whose first page lists the others."""
    return f"* [{title}](index.md)\n" + "".join(f"* [{name}]({name}.md)\n" for name in names)


def with_reports(text: str) -> str:
    """``owner/project#12`` as a link to that report.

    >>> with_reports("Reported in openai/gym#3152.")
    'Reported in [openai/gym#3152](https://github.com/openai/gym/issues/3152).'
    """
    return REPORTED.sub(r"[\1#\2](https://github.com/\1/issues/\2)", text)


def number(value: float) -> str:
    """A value in a table; zero has no sign."""
    return "∞" if value == np.inf else "-∞" if value == -np.inf else f"{round(value, 3) + 0.0:.3g}"


def vector(values: Iterable[Any]) -> str:
    """Values in one cell, in brackets if there are several."""
    words = [value if isinstance(value, str) else number(value) for value in values]
    return words[0] if len(words) == 1 else "(" + ", ".join(words) + ")"


def sentence(words: str) -> str:
    """``words`` with a capital letter.

    >>> sentence("a reward of 1")
    'A reward of 1'
    """
    return words[0].upper() + words[1:]
