"""Divide batches into blocks that stay in the cache."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy import empty, float32, float64

from rlprobe.stats.kernels.block import Block, divisor

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.stats.kernels.block import Array, Float32s
    from rlprobe.stats.sums import Floats

LINE_NUMBERS: Final = 8192
"""So many numbers are worked on at once in float64; short rows are laid side by side up to such a line."""
BLOCK_NUMBERS: Final = 1 << 16
"""So many are worked on at once in float32."""
MOST_BESIDE: Final = 256
"""Rows in a line."""
LEAST_ROWS: Final = 8
"""With fewer rows, floats are worked on in float64."""


class Blocks:
    """As ``Block``, for batches of any size: one block after the other; blocks of one size share buffers."""

    def __init__(self, n: int, run: int, centre: Floats, scales: Floats, dtype: Any) -> None:
        row = len(centre) * run
        most = max(1, min(n, MOST_BESIDE, LINE_NUMBERS // row))
        beside = divisor(n, most)
        if 2 * beside <= most:
            beside = most  # with a rest, which is a block of its own
        lines, numbers = n // beside, BLOCK_NUMBERS if dtype is float32 else LINE_NUMBERS
        parts = -(-lines // max(1, numbers // (beside * row)))
        height = beside * -(-lines // parts)  # blocks as equal as can be
        starts = sorted({*range(0, n, height), n - n % beside, n})
        sizes = {end - start for start, end in pairwise(starts)}
        self.shared = {m: Block(m, min(m, beside), run, centre, scales, dtype) for m in sizes}
        self.parts = [(slice(start, end), self.shared[end - start]) for start, end in pairwise(starts)]
        self.single = dtype is float32

    def add_up(self, x: Array) -> Floats | None:
        """See ``Block``."""
        total = None
        for place, block in self.parts:
            new = block.add_up(x[place])
            if new is None:
                return None
            total = new.copy() if total is None else total + new
        return total

    def standardised(self, x: Array, limit: Callable[[Array], None], *, added: bool) -> Float32s:  # noqa: ARG002
        """See ``Block``; the distances of earlier blocks are computed again."""
        for block in self.shared.values():
            block.prepare()
        z = empty(x.shape, float32)
        for place, block in self.parts:
            block.load(x[place])
            block.standardise(limit)
            z[place] = block.rows
        return z


def blocks_for(x: Array, run: int, centre: Floats, scales: Floats, *, single: bool) -> Block | Blocks:
    """Buffers for batches like ``x``; with ``single`` in float32, if it is large and float32 holds it."""
    n = 1 if x.ndim == 1 else len(x)
    if x.dtype == np.uint8:
        held = bool((centre == np.rint(centre)).all())  # then sums in float32 are exact
    else:
        held = x.dtype == float32 and n >= LEAST_ROWS
    in_single = single and held and x.size > LINE_NUMBERS
    made = Blocks(n, run, centre, scales, float32 if in_single else float64)
    return made.parts[0][1] if len(made.parts) == 1 else made
