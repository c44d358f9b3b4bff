"""The kernel of an array: compiled where numba is installed, NumPy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
from numpy import empty, float32

from rlprobe.stats.kernels.compiled import DTYPES, observation_loop
from rlprobe.stats.kernels.kernel import Kernel
from rlprobe.stats.whole import WIDE_DTYPES, WholeNumbers

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from rlprobe.stats.kernels.frozen import Float32s
    from rlprobe.stats.moments import Moments


AnyKernel: TypeAlias = "Kernel | WholeNumbers"
COUNTING: Final = True
FROZEN: Final = False


def kernel_for(moments: Moments, dtype: str, **settings: Any) -> AnyKernel:
    """The fastest kernel for arrays of ``dtype``; ``settings`` are those of ``Kernel``."""
    if dtype in WIDE_DTYPES:
        return WholeNumbers(moments, dtype, **settings)
    loop = observation_loop(dtype if dtype in DTYPES else "float64")
    return Kernel(moments, **settings) if loop is None else FastKernel(moments, loop, dtype, **settings)


class FastKernel(Kernel):
    """As ``Kernel``, in one compiled loop; what that does not take, ``Kernel`` does.

    Args:
        moments: the statistics.
        loop: ``loops.observations``, compiled.
        dtype: of the arrays.
    """

    def __init__(self, moments: Moments, loop: Callable[..., int], dtype: str, **settings: Any) -> None:
        super().__init__(moments, **settings)
        self.loop, self.dtype = loop, dtype
        self.loop_dtype = dtype if dtype in DTYPES else "float64"
        self.converts = dtype != self.loop_dtype
        self.now, self.fixed = np.empty((2, 4, moments.size))  # working memory of the loop
        self.mean, self.inverse = self.fixed[:2]

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles find their own loop: they may be elsewhere."""
        again, (_, moments, settings, clipped) = super().__reduce__()
        return again, (kernel_for, moments, {**settings, "dtype": self.dtype}, clipped)

    def one(self, x: npt.NDArray[Any]) -> Float32s:
        """Count the flat sample ``x`` and return it standardised."""
        moments = self.moments
        count = moments.count
        if count and moments.counts is None and moments.remote is None:
            z = empty(x.shape, float32)
            flat = x.astype(self.loop_dtype) if self.converts else x.ravel()  # without gaps in memory
            try:  # as _looped does, without a call
                clipped = self.loop(
                    flat, moments.parts, self.now, count, self.epsilon, self.limit, COUNTING, z
                )
            except TypeError:
                clipped = -1
            if clipped >= 0:
                moments.count = count + 1
                self.clipped += clipped
                return z
        return super().one(x)

    def many(self, rows: npt.NDArray[Any]) -> Float32s:
        """Count ``rows``, shape ``(n, size)``, and return them standardised."""
        moments = self.moments
        n, count = len(rows), moments.count
        if n and count >= n and moments.counts is None and moments.remote is None:
            z = empty(rows.shape, float32)
            if self._looped(rows, self.now, COUNTING, z.ravel()):
                moments.count = count + n
                return z
        return super().many(rows)

    def frozen_one(self, x: npt.NDArray[Any]) -> Float32s:
        """The flat sample ``x`` standardised with the statistics as they are."""
        if self.known != (self.moments.count, self.moments.version) or self.moments.remote is not None:
            self._look()
        z = empty(x.shape, float32)
        return z if self._looped(x, self.fixed, FROZEN, z) else super().frozen_one(x)

    def frozen_many(self, rows: npt.NDArray[Any]) -> Float32s:
        """``rows`` standardised with the statistics as they are; 0 where nothing has deviated yet."""
        if self.known != (self.moments.count, self.moments.version) or self.moments.remote is not None:
            self._look()
        z = empty(rows.shape, float32)
        return z if self._looped(rows, self.fixed, FROZEN, z.ravel()) else super().frozen_many(rows)

    def _looped(self, rows: npt.NDArray[Any], work: npt.NDArray[Any], counting: bool, z: Float32s) -> bool:
        """Standardise ``rows`` into ``z``; False, counting nothing, if the loop does not take them."""
        x = rows.astype(self.loop_dtype).ravel() if self.converts else rows.ravel()  # without gaps in memory
        moments = self.moments
        try:
            clipped = self.loop(x, moments.parts, work, moments.count, self.epsilon, self.limit, counting, z)
        except TypeError:  # another type of number than was declared
            return False
        if clipped < 0:
            return False
        self.clipped += clipped
        return True
