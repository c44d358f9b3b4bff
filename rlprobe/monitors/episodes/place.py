"""A place of the code that steps environments."""

from __future__ import annotations

import linecache
import re
from typing import TYPE_CHECKING

from rlprobe.monitors.episodes.book import Book

if TYPE_CHECKING:
    from types import FrameType

    from rlprobe.monitors.episodes.column import Episode

EVALUATES = re.compile(r"eval|test|valid", re.IGNORECASE)


class Place:
    """A function that steps environments to train on them, or to evaluate.

    Args:
        frame: a call of ``step`` in it.
        evaluates: how much it looks like an evaluation.
    """

    def __init__(self, frame: FrameType, evaluates: int) -> None:
        self.code = frame.f_code
        self.evaluates = evaluates
        self.steps = 0
        self.book = Book()

    def ended(self, episode: Episode, envs: int = 1, ago: int = 0) -> None:
        """Note an episode of one of ``envs`` environments that ended ``ago`` environment steps ago."""
        self.book.add(self.steps, episode, envs, ago)


def evaluation_score(frame: FrameType) -> int:
    """2 if the line is named as an evaluation, 1 if only its function is, else 0."""
    code = frame.f_code
    line = linecache.getline(code.co_filename, frame.f_lineno)
    return 2 * bool(EVALUATES.search(line)) + bool(EVALUATES.search(code.co_name))
