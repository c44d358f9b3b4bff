"""64-bit integers, of which float64 holds 53 bits: the centre is subtracted first in integer arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.stats.kernels.kernel import Kernel
from rlprobe.stats.moments import Moments

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.kernels.frozen import Float32s

WIDE_DTYPES: Final = frozenset({"int64", "uint64"})


class WholeNumbers:
    """As ``Kernel``, for arrays of 64-bit integers near any offset.

    The centre of the statistics, which is the first sample as a float, is subtracted in integer arithmetic; a
    ``Kernel`` counts the differences. Between two calls the shared statistics are as any other kernel's.

    Args:
        moments: the statistics, which may be shared.
        dtype: ``"int64"`` or ``"uint64"``.
        settings: those of ``Kernel``.

    >>> moments = Moments((1,))
    >>> kernel = WholeNumbers(moments, "int64", epsilon=1e-8, clip=None, skip_nonfinite=False)
    >>> z = kernel.many(np.array([[2**60 + 1], [2**60 + 3]]))
    >>> z.tolist(), moments.std.tolist()
    ([[-1.0], [1.0]], [1.0])
    """

    def __init__(self, moments: Moments, dtype: str, **settings: Any) -> None:
        self.moments, self.dtype, self.settings = moments, np.dtype(dtype), settings
        self.inner = Moments(moments.shape)
        self.kernel = Kernel(self.inner, **settings)
        self.base = np.zeros(moments.size)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles have buffers of their own."""
        return _again, (self.moments, self.dtype.name, self.settings, self.clipped)

    @property
    def clipped(self) -> int:
        """Number of values set to the clip so far."""
        return self.kernel.clipped

    @clipped.setter
    def clipped(self, count: int) -> None:
        self.kernel.clipped = count

    def one(self, x: npt.NDArray[Any]) -> Float32s:
        """Count the flat sample ``x`` and return it standardised."""
        return self.many(x[None]).reshape(-1)

    def many(self, rows: npt.NDArray[Any]) -> Float32s:
        """Count ``rows``, shape ``(n, size)``, and return them standardised."""
        if not len(rows):
            return rows.astype(np.float32)
        self._pull()
        if not self.moments.count:
            self.base = self._whole(rows[0].astype(np.float64))
        z = self.kernel.many(self._differences(rows))
        self._push()
        return z

    def frozen_one(self, x: npt.NDArray[Any]) -> Float32s:
        """The flat sample ``x`` standardised with the statistics as they are."""
        return self.frozen_many(x[None]).reshape(-1)

    def frozen_many(self, rows: npt.NDArray[Any]) -> Float32s:
        """``rows`` standardised with the statistics as they are."""
        self._pull()
        return self.kernel.frozen_many(self._differences(rows))

    def restored(self, z: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """The values whose standardised form is ``z``, in float64."""
        self._pull()
        return np.asarray(self.kernel.restored(z) + self.base.reshape(self.moments.shape), dtype=np.float64)

    def _differences(self, rows: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """``rows`` less the base: exact for integers whose distance from it float64 can hold."""
        if rows.dtype != self.dtype:
            return rows.astype(np.float64) - self.base
        with np.errstate(over="ignore"):
            apart = np.ascontiguousarray(rows - self.base.astype(self.dtype))
        return apart.view(np.int64).astype(np.float64)

    def _whole(self, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """``values`` rounded down to whole numbers that the dtype can hold."""
        bounds = np.iinfo(self.dtype)
        inside = np.nextafter(float(bounds.max), 0.0)  # the largest float below: bounds.max itself is none
        return np.asarray(np.floor(values).clip(float(bounds.min), inside))

    def _pull(self) -> None:
        """Take the shared statistics over, relative to a base of whole numbers."""
        shared, inner = self.moments, self.inner
        self.base = self._whole(shared.parts[0])
        inner.parts[...] = shared.parts
        inner.parts[0] -= self.base
        inner.count, inner.counts, inner.version = shared.count, shared.counts, shared.version

    def _push(self) -> None:
        """Give what was counted back to the shared statistics."""
        shared, inner = self.moments, self.inner
        shared.parts[0] = self.base
        shared.parts[1] = (
            inner.parts[1] + inner.parts[0]
        )  # the base and less than its last digit do not fit in one
        shared.parts[2] = inner.parts[2]
        shared.count, shared.counts, shared.version = inner.count, inner.counts, inner.version


def _again(moments: Moments, dtype: str, settings: dict[str, Any], clipped: int) -> WholeNumbers:
    kernel = WholeNumbers(moments, dtype, **settings)
    kernel.clipped = clipped
    return kernel
