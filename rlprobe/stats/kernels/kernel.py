"""Count samples and standardise them in one go: ``z = (x - mean) / max(std, epsilon)``, clipped."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy import empty, float32, float64

from rlprobe.stats.kernels import loops
from rlprobe.stats.kernels.arrays import Arrays
from rlprobe.stats.kernels.compiled import compiled
from rlprobe.stats.nonfinite import culprit
from rlprobe.stats.sums import distances

if TYPE_CHECKING:
    from rlprobe.stats.moments import Moments
    from rlprobe.stats.sums import Array, Float32s

COUNTING, FROZEN = True, False
FLOAT32: Final = np.dtype(float32)


class Kernel(Arrays):
    """Counts samples of one array and standardises them: compiled where numba is installed, else with NumPy.

    Args:
        moments: the statistics, which may be shared.
        dtype: of the samples.
        skip_nonfinite: leave NaN and infinite values out of the statistics and pass them on.
        settings: ``epsilon``, standard deviations below it count as it; ``clip``, results beyond it are set
            to it, None for no limit; ``run``, how many neighbouring numbers of a row share each component
            (pictures whose channels come first).

    >>> from rlprobe.stats.moments import Moments
    >>> kernel = Kernel(Moments((1,)), "int64", epsilon=1e-8, clip=None, skip_nonfinite=False)
    >>> kernel.count(np.array([[2**60 + 1], [2**60 + 3]])).tolist(), kernel.moments.std.tolist()
    ([[-1.0], [1.0]], [1.0])
    """

    def __init__(self, moments: Moments, dtype: str, *, skip_nonfinite: bool, **settings: Any) -> None:
        super().__init__(moments, **settings)
        self.again = partial(Kernel, skip_nonfinite=skip_nonfinite, **settings)
        self.skip_nonfinite = skip_nonfinite
        self.is_wide = dtype in {"int64", "uint64"}  # of which float64 holds 53 bits
        single = np.can_cast(dtype, float32) and self.in_single
        self.declared, self.dtype = np.dtype(dtype), np.dtype(float32 if single else float64)  # of the loop
        self.loop: Any = None if self.is_wide else compiled(loops.observations, self.dtype.name)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles have buffers of their own, and find their own loop: they may be elsewhere."""
        return self.again, (self.moments, self.declared.name), {"clipped": self.clipped}

    def count(self, x: Array) -> Float32s:
        """Count ``x``, shape ``(rows, size * run)`` or that of one row, and return it standardised.

        Raises:
            FoundNonFiniteError: a value is NaN, infinite or has no finite square; nothing has been counted.
        """
        moments, run = self.moments, self.run
        n = run if x.ndim == 1 else run * len(x)
        if self.is_wide or not (0 < n <= moments.count < moments.until or moments.ready(n)):
            return self._counted_carefully(x)
        if (loop := self.loop) is not None:
            z, table = empty(x.shape, FLOAT32), moments.table
            flat = x.ravel() if x.dtype is self.dtype else x.astype(self.dtype).ravel()
            out = z if x.ndim == 1 else z.ravel()
            clipped = loop(flat, table, out, run, moments.count, self.epsilon, self.limit, COUNTING)
            if clipped:
                if clipped < 0:
                    return self._counted_carefully(x)
                self.clipped += clipped
        else:
            if self.version != moments.version:
                self.look()
            try:
                z = self.counted(x, n) if n > 1 else self.counted_sample(x)
            except (FloatingPointError, RuntimeWarning):
                return self._counted_carefully(x)
        moments.count += n
        return z

    def frozen(self, x: Array) -> Float32s:
        """``x``, shape as for ``count``, standardised; 0 where nothing has deviated yet."""
        moments, loop = self.moments, self.loop
        moments.fetch()
        if self.is_wide or not x.size:
            return self._carefully(x)
        if loop is None or not 0 < moments.count < moments.until or x.dtype != self.declared:
            self.look()
            try:
                return self.counted(x, 0)
            except FloatingPointError:
                return self._carefully(x)
        z, run, count = empty(x.shape, FLOAT32), self.run, moments.count
        flat = x.astype(self.dtype, copy=False).ravel()
        clipped = loop(flat, moments.table, z.ravel(), run, count, self.epsilon, self.limit, FROZEN)
        if clipped < 0:
            return self._carefully(x)
        self.clipped += clipped
        return z

    def _counted_carefully(self, x: Array) -> Float32s:
        self.moments.add_rows(self._by_component(x), skip_nonfinite=self.skip_nonfinite)
        return self.frozen(x)

    def _carefully(self, x: Array) -> Float32s:
        """``x`` of any values: those that are not finite are refused, or passed on."""
        self.look()
        rows, (offset, inverse) = self._by_component(x), self.scales
        valid = np.isfinite(rows)
        if not (self.skip_nonfinite or valid.all()):
            raise culprit(np.where(valid, 0.0, rows))
        with np.errstate(over="ignore", invalid="ignore"):
            z = (distances(rows, self.moments.centre) - offset) * inverse
        self.clipped += int(((np.abs(z) > self.limit) & valid).sum())
        z = np.where(valid, z.clip(-self.limit, self.limit), rows)
        return z.astype(float32).reshape(-1, self.run, self.moments.size).swapaxes(1, 2).reshape(x.shape)

    def _by_component(self, x: Array) -> Array:
        """``x`` with the components of each sample in a row."""
        size = self.moments.size
        return x.reshape(-1, size, self.run).swapaxes(1, 2).reshape(-1, size)
