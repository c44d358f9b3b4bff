"""A large float32 batch of many columns: counted and standardised in as few passes over memory as will do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.stats.kernels.column_sums import folded, folding, join_sums, tiled
from rlprobe.stats.kernels.single_sums import single_sums

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.kernels.frozen import Float32s
    from rlprobe.stats.kernels.standardise import Standardiser
    from rlprobe.stats.moments import Floats

BLOCK: Final = 1 << 17
"""Elements that are standardised at a time, so that the second step finds them in the cache."""
LENGTH: Final = 1 << 13
"""Several rows are standardised as one of about this length: short inner loops take twice as long."""


def counted(kernel: Standardiser, rows: npt.NDArray[np.float32]) -> Float32s | None:
    """Count ``rows``, shape ``(n, size)``, and return them standardised; None, counting nothing, if not fit.

    Sums are relative to the centre. Where 0 lies within three standard deviations of every mean, that is 0
    and ``z = rows * f - mean * f``; elsewhere ``y = rows - centre`` is kept in the result's place.
    """
    moments = kernel.moments
    moments.recentre(plain=True)
    shift = moments.centre.astype(np.float32)
    fold = folding(*rows.shape)
    wide = rows.reshape(-1, rows.shape[1] * fold)
    out = kernel.output(wide.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        y = np.subtract(wide, tiled(shift, fold), out=out) if shift.any() else wide
        s1, s2, largest = single_sums(y)
        centre = shift.astype(np.float64)
        if not join_sums(moments, centre, folded(s1, fold), folded(s2, fold), len(rows)):
            return None
    _, mean, inverse = kernel.coefficients()
    offset = (mean - centre) * inverse
    bound = (largest.reshape(fold, -1) * inverse + np.abs(offset)).max()
    _standardise(y.reshape(rows.shape), out.reshape(rows.shape), inverse, offset)
    return out.reshape(rows.shape) if bound < 0.99 * kernel.clip else kernel.limited(out.reshape(rows.shape))


def _standardise(y: npt.NDArray[Any], out: npt.NDArray[Any], factor: Floats, offset: Floats) -> None:
    """``out = y * factor - offset``, in long rows and a block at a time."""
    fold = folding(len(y), y.shape[1], LENGTH)
    length = y.shape[1] * fold
    y, out = y.reshape(-1, length), out.reshape(-1, length)
    factor, offset = tiled(factor.astype(np.float32), fold), tiled(offset.astype(np.float32), fold)
    height = max(1, BLOCK // y.shape[1])
    for start in range(0, len(y), height):
        z = out[start : start + height]
        np.multiply(y[start : start + height], factor, out=z)
        np.subtract(z, offset, out=z)
