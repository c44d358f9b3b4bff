"""Lines on a terminal: in colour where ``rich`` is installed."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from rlprobe.extras import MissingExtraError, need

if TYPE_CHECKING:
    from collections.abc import Iterable

Line = tuple[str, str]
"""A line and its style."""


def say(lines: Iterable[Line]) -> None:
    """Print lines; nothing happens if nobody reads any more."""
    with contextlib.suppress(BrokenPipeError, SystemExit):  # rich ends the program on a closed pipe
        try:
            console = need("rich.console", "colours").Console()
        except MissingExtraError:
            print(text(lines))  # noqa: T201
            return
        for line, style in lines:
            console.print(line, style=style, markup=False, highlight=False, emoji=False, soft_wrap=True)


def text(lines: Iterable[Line]) -> str:
    r"""Lines without their styles.

    >>> text([("one", "bold"), ("two", "")])
    'one\ntwo'
    """
    return "\n".join(line for line, _ in lines)
