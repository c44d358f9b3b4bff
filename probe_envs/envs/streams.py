"""One stream of draws per environment, read side by side.

Environment ``i`` gets exactly the draws that its own generator would give it alone, whatever the
others do; so a vector environment repeats scalar environments draw by draw. A draw is a number of
``bits`` bits, cut from the raw 64-bit outputs of the generator, lowest bits first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

MOST_WORDS = 128
MOST_HELD = 2**21


def raw_words(generator: np.random.Generator, count: int) -> NDArray[np.int64]:
    """The next ``count`` raw outputs of the generator."""
    return np.asarray(generator.bit_generator.random_raw(count)).view(np.int64)


def cut(words: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """The draws in ``words``, ``(..., len(words) * (64 // bits))``.

    >>> cut(np.array([0b11_01_10]), 2)[:4].tolist()
    [2, 1, 3, 0]
    """
    shifts = np.arange(64 // bits) * bits
    draws: NDArray[np.int64] = (words[..., None] >> shifts) & (2**bits - 1)
    return draws.reshape(*words.shape[:-1], words.shape[-1] * len(shifts))


class Streams:
    """Blocks of draws ahead of time, one stream per generator.

    While all streams stand at the same place, a draw is two operations on an array of words. Once they
    part (some environments were reset and others not), each has a place of its own.

    >>> pair = Streams([np.random.default_rng(0), np.random.default_rng(1)], bits=32)
    >>> alone = cut(raw_words(np.random.default_rng(1), 2), 32)
    >>> [int(pair.draw()[1]), int(pair.draw()[1])] == alone[:2].tolist()
    True
    """

    def __init__(self, generators: Sequence[np.random.Generator], bits: int) -> None:
        self.generators = list(generators)
        self._bits, self._per_word = bits, 64 // bits
        size = len(self.generators)
        self._words = max(1, min(MOST_WORDS, MOST_HELD // size))
        self._depth = self._words * self._per_word
        self._raw = np.empty((size, self._words), dtype=np.int64)
        self._together: NDArray[np.int64] = np.empty((self._words, size), dtype=np.int64)
        self._shifts = [np.array(bits * k) for k in range(self._per_word)]
        self._mask = np.array(2**bits - 1)
        self._draws = np.empty(size, dtype=np.int64)
        self._shared: int | None = self._depth  # the place all streams stand at, while they agree
        self._apart: NDArray[np.unsignedinteger] = np.empty(0, dtype=np.uint8)
        self._starts = np.arange(size) * self._depth
        self._places = np.empty(size, dtype=np.int64)

    def reseed(self, numbers: Iterable[int], generators: Iterable[np.random.Generator]) -> None:
        """Replace the generators with the given numbers and forget what was drawn from the old ones."""
        self._part()
        for i, generator in zip(numbers, generators, strict=True):
            self.generators[i] = generator
            self._places[i] = self._depth
        if (self._places == self._depth).all():
            self._shared = self._depth

    def draw(self) -> NDArray[np.int64]:
        """The next draw of every stream, ``(n,)``; valid until the next call."""
        if self._shared is None:
            return self._gather(slice(None))
        if self._shared == self._depth:
            self._fill(range(len(self._raw)))
            np.copyto(self._together, self._raw.T)
            self._shared = 0
        word, within = divmod(self._shared, self._per_word)
        self._shared += 1
        np.right_shift(self._together[word], self._shifts[within], self._draws)
        np.bitwise_and(self._draws, self._mask, self._draws)
        return self._draws

    def draw_for(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The next draw of the streams with the given numbers only."""
        if len(numbers) == len(self.generators):
            return self.draw()
        self._part()
        return self._gather(numbers)

    def _part(self) -> None:
        if self._shared is not None:
            smallest = np.uint8 if self._bits <= 8 else np.uint32
            self._apart = cut(self._raw, self._bits).astype(smallest)
            self._places[:] = self._shared
            self._shared = None

    def _gather(self, numbers: NDArray[np.int64] | slice) -> NDArray[np.int64]:
        places = self._places[numbers]
        if places.max() == self._depth:
            empty = np.flatnonzero(places == self._depth)
            behind = np.arange(len(self._places))[numbers][empty]
            self._fill(behind.tolist())
            self._apart[behind] = cut(self._raw[behind], self._bits)
            places[empty] = 0
        draws = self._apart.ravel().take(self._starts[numbers] + places)
        self._places[numbers] = places + 1
        return draws.astype(np.int64)

    def _fill(self, numbers: Iterable[int]) -> None:
        for i in numbers:
            self._raw[i] = raw_words(self.generators[i], self._words)
