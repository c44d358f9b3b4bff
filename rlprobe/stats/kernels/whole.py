"""64-bit integers, of which float64 holds 53 bits: the centre is subtracted first in integer arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.stats.kernels.kernel import Kernel

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.moments import Moments
    from rlprobe.stats.sums import Floats

WIDE_DTYPES: Final = frozenset({"int64", "uint64"})


class WholeNumbers(Kernel):
    """As ``Kernel``, for arrays of 64-bit integers near any offset.

    >>> from rlprobe.stats.moments import Moments
    >>> moments = Moments((1,))
    >>> kernel = WholeNumbers(moments, dtype="int64", epsilon=1e-8, clip=None, skip_nonfinite=False)
    >>> z = kernel.count(np.array([[2**60 + 1], [2**60 + 3]]))
    >>> z.tolist(), moments.std.tolist()
    ([[-1.0], [1.0]], [1.0])
    """

    def __init__(self, moments: Moments, *, dtype: str, **settings: Any) -> None:
        super().__init__(moments, **settings)
        self.dtype = np.dtype(dtype)
        self.settings["dtype"] = dtype

    def load(self, x: npt.NDArray[Any], y: Floats, shift: Floats) -> None:  # noqa: ARG002
        """The distances of ``x`` to the centre, subtracted first in integer arithmetic, into ``y``."""
        base = self._whole(self.moments.centre)
        y[...] = self._apart(x, base)
        y -= self.moments.centre - base

    def _add(self, rows: npt.NDArray[Any]) -> None:
        base = self._whole(rows[0].astype(np.float64))
        self.moments.add_rows(self._apart(rows, base), skip_nonfinite=self.skip_nonfinite, base=base)

    def _apart(self, x: npt.NDArray[Any], base: Floats) -> Floats:
        """``x`` less ``base``: exact for integers whose distance from it float64 can hold."""
        if x.dtype != self.dtype:
            return x.astype(np.float64) - base
        with np.errstate(over="ignore"):
            apart = np.ascontiguousarray(x - base.astype(self.dtype))
        return apart.view(np.int64).astype(np.float64)

    def _whole(self, values: Floats) -> Floats:
        """``values`` rounded down to whole numbers that the dtype can hold."""
        bounds = np.iinfo(self.dtype)
        inside = np.nextafter(float(bounds.max), 0.0)  # the largest float below: bounds.max itself is none
        return np.asarray(np.floor(values).clip(float(bounds.min), inside))
