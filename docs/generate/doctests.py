"""Doctests of docstrings as blocks of code: Markdown would take their ``>>>`` for quotations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import griffe

if TYPE_CHECKING:
    from griffe import Object

EXAMPLE = re.compile(r"(?:^|(?<=\n\n))(>>> .*?)(?=\n\n|\Z)", re.DOTALL)


class FencedDoctests(griffe.Extension):
    """Puts each doctest of a docstring between fences."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Change the docstring of an object that was loaded."""
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    """A docstring with its doctests, which blank lines set off, between fences."""
    return EXAMPLE.sub(r"```pycon\n\1\n```", text)
