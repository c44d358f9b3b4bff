"""The kernel of an array: compiled where numba is installed, NumPy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import empty, float32

from rlprobe.stats.kernels.compiled import DTYPES, observation_loop
from rlprobe.stats.kernels.kernel import Kernel

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from rlprobe.stats.kernels.frozen import Float32s
    from rlprobe.stats.moments import Moments


def kernel_for(moments: Moments, dtype: str, **settings: Any) -> Kernel:
    """The fastest kernel for arrays of ``dtype``; ``settings`` are those of ``Kernel``."""
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
        if count and moments.counts is None:
            z = self._looped(x, self.now, True)  # noqa: FBT003 (called at every step)
            if z is not None:
                moments.count = count + 1
                return z
        return super().one(x)

    def many(self, rows: npt.NDArray[Any]) -> Float32s:
        """Count ``rows``, shape ``(n, size)``, and return them standardised."""
        moments = self.moments
        n, count = len(rows), moments.count
        if n and count >= n and moments.counts is None:
            z = self._looped(rows.reshape(-1), self.now, True)  # noqa: FBT003
            if z is not None:
                moments.count = count + n
                return z.reshape(rows.shape)
        return super().many(rows)

    def frozen_one(self, x: npt.NDArray[Any]) -> Float32s:
        """The flat sample ``x`` standardised with the statistics as they are."""
        moments = self.moments
        if self.known != (moments.count, moments.version):
            self._look()
        z = self._looped(x, self.fixed, False)  # noqa: FBT003
        return super().frozen_one(x) if z is None else z

    def frozen_many(self, rows: npt.NDArray[Any]) -> Float32s:
        """``rows`` standardised with the statistics as they are; 0 where nothing has deviated yet."""
        if self.known != (self.moments.count, self.moments.version):
            self._look()
        z = self._looped(rows.reshape(-1), self.fixed, False)  # noqa: FBT003
        return super().frozen_many(rows) if z is None else z.reshape(rows.shape)

    def _looped(self, x: npt.NDArray[Any], work: npt.NDArray[Any], counting: bool) -> Float32s | None:
        """The flat ``x`` standardised; None, counting nothing, if the loop does not take it."""
        z = empty(x.size, float32)
        if self.converts:
            x = np.ascontiguousarray(x, self.loop_dtype)
        moments = self.moments
        try:
            clipped = self.loop(x, moments.parts, work, moments.count, self.epsilon, self.limit, counting, z)
        except TypeError:  # there are gaps between the numbers: from now on they are copied
            self.converts = True
            return None
        if clipped < 0:
            return None
        self.clipped += clipped
        return z
