"""Count samples and standardise them in one go: ``z = (x - mean) / max(std, epsilon)``, clipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy import add, divide, empty, float32, float64, maximum, multiply, reciprocal, sqrt, subtract

from rlprobe.stats.kernels.batch import AT_ONCE_NUMBERS, LARGEST_FACTOR
from rlprobe.stats.kernels.compiled import observation_loop
from rlprobe.stats.kernels.frozen import Float32s, Frozen
from rlprobe.stats.nonfinite import OVERFLOW

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.moments import Moments
    from rlprobe.stats.sums import Floats

HELD_BY_SINGLE: Final = frozenset({"float32", "float16", "uint8", "int8", "uint16", "int16", "bool"})
WIDE: Final = frozenset({"int64", "uint64"})
"""Of these, float64 holds 53 bits."""
COUNTING, FROZEN = True, False
FEW: Final = 64
"""So many results hardly have a sum of squares beyond that of the clip, which is compared sooner."""


class Kernel(Frozen):
    """Counts samples of one array and standardises them: compiled where numba is installed, else with NumPy.

    Args:
        moments: the statistics, which may be shared.
        dtype: of the samples.
        epsilon: standard deviations below this count as this.
        clip: results beyond this magnitude are set to it; None for no limit.
        skip_nonfinite: leave NaN and infinite values out of the statistics and pass them on.
        run: how many neighbouring numbers of a row share each component (pictures whose channels come first).

    >>> from rlprobe.stats.moments import Moments
    >>> kernel = Kernel(Moments((1,)), "int64", epsilon=1e-8, clip=None, skip_nonfinite=False)
    >>> kernel.count(np.array([[2**60 + 1], [2**60 + 3]])).tolist(), kernel.moments.std.tolist()
    ([[-1.0], [1.0]], [1.0])
    """

    def __init__(self, moments: Moments, dtype: str, **settings: Any) -> None:
        super().__init__(moments, **settings)
        self.settings = {"dtype": dtype, **settings}
        single = dtype in HELD_BY_SINGLE and 1.0 / self.epsilon < LARGEST_FACTOR
        self.declared = np.dtype(dtype)
        self.dtype = np.dtype(float32 if single else float64)  # in which the loop works
        self.is_wide = dtype in WIDE
        self.loop: Any = None if self.is_wide else observation_loop(self.dtype.name)
        rows = np.zeros((5, moments.size))
        self.squared_offset, self.offset, self.std, self.y, self.squares = rows
        self.lower, self.means, self.upper, self.pair = rows[:2], rows[1:3], rows[2:4], rows[3:]
        self.share, self.radius = empty(()), min(self.limit * self.limit, LARGEST_FACTOR)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles have buffers of their own, and find their own loop: they may be elsewhere."""
        return _again, (self.moments, self.settings, self.clipped)

    def count(self, x: npt.NDArray[Any]) -> Float32s:
        """Count ``x``, shape ``(rows, size * run)`` or that of one row, and return it standardised.

        Raises:
            FoundNonFiniteError: a value is NaN, infinite or has no finite square; nothing has been counted.
        """
        moments, loop = self.moments, self.loop
        n = self.run if x.ndim == 1 else self.run * len(x)
        if moments.takes(n) and not self.is_wide:
            if loop is not None:
                z, flat = empty(x.shape, float32), x.ravel() if x.dtype == self.dtype else self._converted(x)
                clipped = loop(
                    flat,
                    moments.table,
                    z.ravel(),
                    self.run,
                    moments.count,
                    self.epsilon,
                    self.limit,
                    COUNTING,
                )
                if clipped >= 0:
                    moments.accept(n)
                    self.clipped += clipped
                    return z
            found = self._one(x.reshape(-1)) if n == 1 else self._many(x if x.ndim > 1 else x[None], n)
            if found is not None:
                moments.accept(n)
                return found if found.ndim == x.ndim else found.reshape(x.shape)
        moments.add_rows(self.rows(x), skip_nonfinite=self.skip_nonfinite)
        return self.frozen(x)

    def frozen(self, x: npt.NDArray[Any]) -> Float32s:
        """``x``, shape as for ``count``, standardised; 0 where nothing has deviated yet.

        The loop would lay out a long single row first, so that is left to NumPy.
        """
        moments, loop = self.moments, self.loop
        if moments.remote is not None:
            moments.fetch()
        suits = x.size <= AT_ONCE_NUMBERS[float64] or x.size > moments.size * self.run
        if loop is not None and moments.takes(1) and x.dtype == self.declared and x.size and suits:
            z, flat = empty(x.shape, float32), self._converted(x)
            clipped = loop(
                flat, moments.table, z.ravel(), self.run, moments.count, self.epsilon, self.limit, FROZEN
            )
            if clipped >= 0:
                self.clipped += clipped
                return z
        if self.is_wide or not x.size:
            return self.carefully(x)
        if x.ndim == self.run == 1:
            return self.one_standardised(x)
        return self.standardised(x if x.ndim > 1 else x[None]).reshape(x.shape)

    def _converted(self, x: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """``x`` as the loop takes it."""
        return x.astype(self.dtype, copy=False).ravel()

    def _one(self, x: npt.NDArray[Any]) -> Float32s | None:
        """Add a single sample to the sums and standardise it; None, and nothing added, if it is too large."""
        self.renew()
        sums, y, squares = self.moments.sums, self.y, self.squares
        y[...] = x  # at once in float64: operations on two types take twice as long
        subtract(y, self.moments.centre, y)
        try:
            multiply(y, y, squares)
        except (RuntimeWarning, FloatingPointError):  # an overflow, where that is made an error
            return None
        if not squares.item(squares.argmax()) < OVERFLOW:  # also true for NaN
            return None
        add(sums, self.pair, sums)
        self._find_std(self.moments.count + 1, self.upper, self.lower)  # and what ``y`` is from the mean
        divide(y, self.std, y)
        z: Float32s = y.astype(float32)
        if z.size > FEW or not z.dot(z) <= self.radius:
            self.limited(z)
        return z

    def _many(self, x: npt.NDArray[Any], n: int) -> Float32s | None:
        """As ``_one``, for ``n`` samples of each component in rows."""
        self.renew()
        sums = self.moments.sums
        for dtype in (float32, float64) if self.in_single(x) else (float64,):
            batch = self.batch(x, dtype)
            new = batch.add_up(x)
            if new is not None:
                add(sums, new, sums)
                self._find_std(self.moments.count + n, self.std, self.squared_offset)
                reciprocal(self.std, self.std)
                return batch.standardise(x, self.means, self.limited, added=True)
        return None

    def _find_std(self, total: int, upper: Floats, lower: Floats) -> None:
        """Distance of the mean to the centre into ``offset``; ``std`` or epsilon, by ``upper - lower``."""
        std, share = self.std, self.share
        share[()] = 1.0 / total
        multiply(self.moments.sums, share, self.means)
        multiply(self.offset, self.offset, self.squared_offset)
        subtract(upper, lower, upper)
        if total > self.wide:
            maximum(std, self.floor, out=std)
        sqrt(std, std)


def _again(moments: Moments, settings: dict[str, Any], clipped: int) -> Kernel:
    kernel = Kernel(moments, **settings)
    kernel.clipped = clipped
    return kernel
