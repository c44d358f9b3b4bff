"""Column sums of large float32 batches: in float32 over a few rows, in float64 across; bound by memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.moments import Floats

ROWS: Final = 32
"""So many rows are added in float32: few enough to be exact to 1e-7 and to bound single values."""
FAINT: Final = 1e-30
"""Mean squares below this may have vanished in float32."""
_ONES: Final = np.ones((1, ROWS), dtype=np.float32)


def single_sums(y: npt.NDArray[Any]) -> tuple[Floats, Floats, Floats]:
    """Column sums of ``y``, shape ``(n, size)``, and of its square, and a bound on each column's magnitude.

    A sum of squares bounds each of them: over 32 rows of normal data, by 9 standard deviations or so.
    """
    n, size = y.shape
    whole = n - n % ROWS
    groups = y[:whole].reshape(-1, ROWS, size)
    rest = y[whole:].astype(np.float64)
    squares = np.einsum("gij,gij->gj", groups, groups)
    s1 = np.matmul(_ONES, groups).sum(axis=(0, 1), dtype=np.float64) + rest.sum(axis=0)
    rest *= rest
    s2 = squares.sum(axis=0, dtype=np.float64) + rest.sum(axis=0)
    largest = np.maximum(squares.max(axis=0, initial=0.0), rest.max(axis=0, initial=0.0))
    faint = (s2 < FAINT * n) & (s1 != 0)
    if faint.any():
        values = y[:, faint].astype(np.float64)
        values *= values
        s2[faint], largest[faint] = values.sum(axis=0), values.max(axis=0)
    return s1, s2, np.sqrt(largest)
