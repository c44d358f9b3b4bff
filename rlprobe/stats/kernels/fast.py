"""The kernel of an array: compiled where numba is installed, NumPy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import empty, float32

from rlprobe.stats.kernels.compiled import DTYPES, observation_loop
from rlprobe.stats.kernels.kernel import Kernel
from rlprobe.stats.kernels.whole import WIDE_DTYPES, WholeNumbers

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from rlprobe.stats.kernels.frozen import Float32s
    from rlprobe.stats.leaf import Leaf
    from rlprobe.stats.moments import Moments


def kernel_for(moments: Moments, dtype: str, **settings: Any) -> Kernel:
    """The fastest kernel for arrays of ``dtype``; ``settings`` are those of ``Kernel``."""
    if dtype in WIDE_DTYPES:
        return WholeNumbers(moments, dtype=dtype, **settings)
    loop = observation_loop(dtype if dtype in DTYPES else "float64")
    return Kernel(moments, **settings) if loop is None else FastKernel(moments, loop, dtype, **settings)


class FastKernel(Kernel):
    """As ``Kernel``, in one compiled loop; what that does not take, ``Kernel`` does.

    Args:
        moments: the statistics.
        loop: ``loops.observations``, compiled for ``dtype`` or for float64.
        dtype: of the arrays.
    """

    def __init__(self, moments: Moments, loop: Callable[..., int], dtype: str, **settings: Any) -> None:
        super().__init__(moments, **settings)
        self.loop, self.declared = loop, dtype
        self.dtype = np.dtype(dtype if dtype in DTYPES else "float64")

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles find their own loop: they may be elsewhere."""
        again, (_, moments, settings, clipped) = super().__reduce__()
        return again, (kernel_for, moments, {**settings, "dtype": self.declared}, clipped)

    def count(self, x: npt.NDArray[Any]) -> Float32s:
        """Count ``x``, shape ``(n, size)`` or ``(size,)``, and return it standardised."""
        moments = self.moments
        single = x.ndim == 1
        n = 1 if single else len(x)
        if moments.takes(n):
            z = empty(x.shape, float32)
            flat = x.ravel() if x.dtype == self.dtype else x.astype(self.dtype).ravel()
            clipped = self.loop(
                flat,
                moments.centre,
                moments.sums,
                moments.count,
                self.epsilon,
                self.limit,
                True,  # noqa: FBT003 (compiled functions take arguments by position)
                moments.spare,
                z if single else z.ravel(),
            )
            if clipped >= 0:
                moments.accept(moments.count + n)
                self.clipped += clipped
                return z
        return super().count(x)

    def frozen(self, x: npt.NDArray[Any]) -> Float32s:
        """``x``, shape ``(n, size)`` or ``(size,)``, standardised; 0 where nothing has deviated yet."""
        moments = self.moments
        if moments.count and x.size and moments.counts is None and moments.remote is None:
            z = empty(x.shape, float32)
            flat, sums = x.ravel() if x.dtype == self.dtype else x.astype(self.dtype).ravel(), moments.sums
            clipped = self.loop(
                flat,
                moments.centre,
                sums,
                moments.count,
                self.epsilon,
                self.limit,
                False,  # noqa: FBT003
                sums,
                z.ravel(),
            )
            if clipped >= 0:
                self.clipped += clipped
                return z
        return super().frozen(x)

    def pictures(self, leaf: Leaf, batch: npt.NDArray[np.uint8], *, counting: bool) -> Float32s:
        """As ``Kernel.pictures``; channels that come last are rows, which the loop takes."""
        if leaf.pooled[0] > 0:
            return super().pictures(leaf, batch, counting=counting)
        rows = batch.reshape(-1, self.moments.size)
        return (self.count(rows) if counting else self.frozen(rows)).reshape(batch.shape)
