"""The panes of choices: a row of labelled cells with the present one lit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.view.canvas import FAINT, MARK, PANEL, TEXT, above, blank
from rlprobe.view.text import LARGE, caption, line_height, width_of, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gymnasium.spaces import Discrete, MultiBinary, MultiDiscrete

    from rlprobe.view.canvas import Picture

CELL = 30
MOST_CELLS = 32
WIDE = 240
DARK = (20, 20, 20)


def cells(labels: Sequence[str], lit: Sequence[bool]) -> Picture:
    """A row of labelled cells; the lit ones are bright."""
    row = blank(line_height() + 4, CELL * len(labels))
    for i, (label, on) in enumerate(zip(labels, lit, strict=True)):
        cell = row[1:-1, i * CELL + 1 : (i + 1) * CELL - 1]
        cell[:] = MARK if on else PANEL
        write(cell, max(0, (cell.shape[1] - width_of(label)) // 2), 1, label, DARK if on else TEXT)
    return row


def choice(value: int, start: int, count: int) -> Picture:
    """One of ``count`` values from ``start``: lit cells, or the number in words when they are too many."""
    if count > MOST_CELLS:
        page = blank(line_height(LARGE) + line_height(), WIDE)
        write(page, 4, 0, str(value), size=LARGE)
        write(page, 4, line_height(LARGE), f"one of {start} to {start + count - 1}", FAINT)
        return page
    values = range(start, start + count)
    return cells([str(v) for v in values], [v == value for v in values])


class DiscretePane:
    """A Discrete observation: its values in a row, the present one lit."""

    def __init__(self, space: Discrete) -> None:
        self._start, self._count = int(space.start), int(space.n)
        self._value = self._start

    def fit(self, width: int, height: int) -> None:
        """Nothing to arrange: cells and words have one size."""

    def clear(self) -> None:
        """Forget the episode; a choice has no history."""

    def update(self, value: Any) -> None:
        """Take the observation that ``draw`` will show."""
        self._value = int(value)

    def draw(self) -> Picture:
        """The row of cells."""
        return choice(self._value, self._start, self._count)


class MultiPane:
    """A MultiBinary or MultiDiscrete observation: a row of bits, or a row of cells per choice."""

    def __init__(self, space: MultiBinary | MultiDiscrete) -> None:
        counts = getattr(space, "nvec", None)
        self._counts = None if counts is None else np.asarray(counts).reshape(-1)
        starts = getattr(space, "start", None)
        self._starts = np.zeros(1 if counts is None else self._counts.size, int)  # type: ignore[union-attr]
        if self._counts is not None and starts is not None:
            self._starts = np.asarray(starts).reshape(-1)
        self._value = np.zeros(space.shape, int).reshape(-1)

    def fit(self, width: int, height: int) -> None:
        """Nothing to arrange: cells and words have one size."""

    def clear(self) -> None:
        """Forget the episode; choices have no history."""

    def update(self, value: Any) -> None:
        """Take the observation that ``draw`` will show."""
        self._value = np.array(value).reshape(-1)

    def draw(self) -> Picture:
        """The rows of cells."""
        if self._counts is None:
            bits = [bool(bit) for bit in self._value]
            rows = [
                cells([str(j) for j in range(i, min(i + MOST_CELLS, len(bits)))], bits[i : i + MOST_CELLS])
                for i in range(0, len(bits), MOST_CELLS)
            ]
            return above(rows, 0)
        each = zip(self._value, self._starts, self._counts, strict=True)
        return above([choice(int(v), int(start), int(count)) for v, start, count in each], 0)


class WordsPane:
    """Anything else: what Python prints for it, in a field of fixed size."""

    LINES, WIDTH, LETTERS = 6, 480, 64

    def __init__(self) -> None:
        self._words = ""

    def fit(self, width: int, height: int) -> None:
        """Nothing to arrange: cells and words have one size."""

    def clear(self) -> None:
        """Forget the episode; words have no history."""

    def update(self, value: Any) -> None:
        """Take the observation that ``draw`` will show."""
        self._words = value if isinstance(value, str) else repr(value)

    def draw(self) -> Picture:
        """The words, wrapped; what does not fit is left out."""
        words = " ".join(self._words.split())
        lines = [words[i * self.LETTERS : (i + 1) * self.LETTERS] for i in range(self.LINES)]
        return above([caption(line, self.WIDTH, TEXT if line else FAINT) for line in lines], 0)
