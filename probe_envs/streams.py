"""One stream of draws per environment, read side by side.

Environment ``i`` gets exactly the draws that its own generator would give it alone, whatever the
others do; so a vector environment repeats scalar environments draw by draw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

LINE = 64  # bytes; a block is kept in cache lines, as columns are written and rows are read
MOST_HELD = 2**24


def draw_block(generator: np.random.Generator, size: int, word: np.dtype[Any]) -> NDArray[Any]:
    """The next ``size`` draws, unsigned integers of the given width cut from the raw 64-bit outputs."""
    raw = generator.bit_generator.random_raw(size * word.itemsize // 8)
    return raw.astype("<u8", copy=False).view(word)


class Streams:
    """Blocks of draws ahead of time, one stream per generator.

    >>> word = np.dtype(np.uint32)
    >>> pair = Streams([np.random.default_rng(0), np.random.default_rng(1)], word)
    >>> alone = draw_block(np.random.default_rng(1), 16, word)
    >>> [int(pair.draw()[1]), int(pair.draw()[1])] == alone[:2].tolist()
    True
    """

    def __init__(self, generators: Sequence[np.random.Generator], word: np.dtype[Any]) -> None:
        self.generators = list(generators)
        self._word = word
        self._size = len(self.generators)
        self._per_line = LINE // word.itemsize
        lines = max(1, min(1024, MOST_HELD // (self._size * word.itemsize)) // self._per_line)
        self._depth = lines * self._per_line
        self._block = np.empty((lines, self._size, self._per_line), dtype=word)
        self._line = np.empty((self._per_line, self._size), dtype=word)
        self._numbers = np.arange(self._size)
        self._shared: int | None = self._depth  # the place all streams stand at, while they agree
        self._places = np.full(self._size, self._depth)

    def reseed(self, numbers: Iterable[int], generators: Iterable[np.random.Generator]) -> None:
        """Replace the generators with the given numbers and forget what was drawn from the old ones."""
        self._part()
        for i, generator in zip(numbers, generators, strict=True):
            self.generators[i] = generator
            self._places[i] = self._depth
        if (self._places == self._depth).all():
            self._shared = self._depth

    def draw(self) -> NDArray[Any]:
        """The next draw of every stream, ``(n,)``; valid until the next call."""
        if self._shared is None:
            return self._gather(self._numbers)
        if self._shared == self._depth:
            self._fill(self._numbers)
            self._shared = 0
        line, within = divmod(self._shared, self._per_line)
        if within == 0:
            np.copyto(self._line, self._block[line].T)
        self._shared += 1
        return self._line[within]

    def draw_for(self, numbers: NDArray[np.int64]) -> NDArray[Any]:
        """The next draw of the streams with the given numbers only."""
        if len(numbers) == self._size:
            return self.draw()
        self._part()
        return self._gather(numbers)

    def _part(self) -> None:
        if self._shared is not None:
            self._places[:] = self._shared
            self._shared = None

    def _gather(self, numbers: NDArray[np.int64]) -> NDArray[Any]:
        places = self._places[numbers]
        empty = places == self._depth
        if empty.any():
            self._fill(numbers[empty])
            places[empty] = 0
        self._places[numbers] = places + 1
        line, within = np.divmod(places, self._per_line)
        return self._block.ravel().take((line * self._size + numbers) * self._per_line + within)

    def _fill(self, numbers: NDArray[np.int64]) -> None:
        shape = (-1, self._per_line)
        for i in numbers.tolist():
            self._block[:, i] = draw_block(self.generators[i], self._depth, self._word).reshape(shape)
