"""Count samples and standardise them in one pass: ``z = (x - mean) / max(std, epsilon)``, clipped.

One sample goes through Python floats (few components) or ufuncs, a batch through column sums; all three
compute the same thing on the same ``Moments`` and change it only after the result is known to be finite.
"""

from __future__ import annotations

from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from rlprobe.moments import LARGEST, LISTS_UP_TO, Floats, Moments, culprit

if TYPE_CHECKING:
    from typing import TypeAlias

Float32s: TypeAlias = "npt.NDArray[np.float32]"
_ONES: Final = np.ones(4096)


class Standardiser:
    """Standardises samples of one array with moments that may be shared.

    Args:
        moments: the statistics; counted into unless a ``frozen_`` method is called.
        epsilon: standard deviations below this count as this.
        clip: results beyond this magnitude are set to it; None for no limit.
        skip_nonfinite: leave NaN and infinite values out of the statistics and pass them on.
    """

    __slots__ = ("affine", "clip", "clipped", "epsilon", "limit", "moments", "skip_nonfinite", "small")

    def __init__(self, moments: Moments, *, epsilon: float, clip: float | None, skip_nonfinite: bool) -> None:
        self.moments = moments
        self.epsilon = epsilon
        self.clip = float("inf") if clip is None else float(clip)
        self.limit = np.array(self.clip)
        self.skip_nonfinite = skip_nonfinite
        self.small = moments.size <= LISTS_UP_TO
        self.clipped = 0
        self.affine: tuple[tuple[int, int], Floats, Floats, Floats] | None = None

    # -- one sample --------------------------------------------------------------------------------

    def one(self, x: npt.NDArray[Any]) -> Float32s:
        """Count the flat sample ``x`` and return it standardised."""
        if self.moments.counts is not None:
            return self._left_out(x[None]).reshape(-1)
        return self._one_small(x.tolist()) if self.small else self._one_large(x)

    def _one_small(self, xs: list[float]) -> Float32s:
        moments, epsilon, clip = self.moments, self.epsilon, self.clip
        if moments.count == 0:
            moments.epoch += 1
            moments.hot = ([float(x) for x in xs], [0.0] * len(xs), [0.0] * len(xs))
        centre, offset, m2 = moments.hot or moments.use_lists()
        n = moments.count + 1
        new_offset, new_m2, z = [], [], []
        beyond = 0
        for x, c, m, q in zip(xs, centre, offset, m2, strict=True):
            y = x - c
            d = y - m
            m += d / n  # noqa: PLW2901
            e = y - m
            q += d * e  # noqa: PLW2901
            s = sqrt(q / n) if q > 0.0 else 0.0
            e /= s if s > epsilon else epsilon  # noqa: FURB136 (max() costs a call per component)
            if not -clip <= e <= clip:
                beyond += 1
                e = clip if e > 0 else -clip
            new_offset.append(m)
            new_m2.append(q)
            z.append(e)
        if not isfinite(sum(new_m2)):
            if moments.count == 0:
                moments.hot = None
            return self._left_out(np.array([xs], dtype=np.float64)).reshape(-1)
        moments.hot = (centre, new_offset, new_m2)
        moments.count = n
        self.clipped += beyond
        return np.array(z, dtype=np.float32)

    def _one_large(self, x: npt.NDArray[Any]) -> Float32s:
        moments = self.moments
        moments.use_arrays()
        x64 = x.astype(np.float64)
        centre = moments.centre if moments.count else x64
        n = moments.count + 1
        inverse = np.array(1.0 / n)
        with np.errstate(all="ignore"):
            z = x64 - centre
            d = z - moments.offset
            offset = d * inverse
            offset += moments.offset
            z -= offset
            d *= z
            d += moments.m2
            if not isfinite(d.dot(ones(d.size))):
                return self._left_out(x[None]).reshape(-1)
        moments.centre, moments.offset, moments.m2, moments.count = centre, offset, d, n
        s = d * inverse
        np.sqrt(s, out=s)
        np.maximum(s, self.epsilon, out=s)
        z /= s
        return self._clip(z).astype(np.float32)

    # -- a batch -----------------------------------------------------------------------------------

    def many(self, rows: npt.NDArray[Any]) -> Float32s:
        """Count ``rows``, shape ``(n, size)``, and return them standardised."""
        moments = self.moments
        moments.use_arrays()
        if moments.counts is not None:
            return self._left_out(rows)
        n = len(rows)
        centre = moments.centre if moments.count else rows[0].astype(np.float64)
        with np.errstate(all="ignore"):
            y = rows - centre
            mean = ones(n).dot(y) / n
            d = y - mean
            m2 = np.einsum("ij,ij->j", d, d)
            if not isfinite(m2.dot(ones(m2.size))):
                return self._left_out(rows)
        moments.join(centre, mean, m2, n)
        y -= moments.offset
        y *= 1.0 / np.maximum(np.sqrt(moments.m2 / moments.count), self.epsilon)
        return self._clip(y).astype(np.float32)

    def _left_out(self, rows: npt.NDArray[Any]) -> Float32s:
        """Count only the finite values of ``rows``, or refuse them."""
        values = rows.astype(np.float64)
        if not self.skip_nonfinite and not (np.abs(values) < LARGEST).all():
            raise culprit(values)
        self.moments.add_rows(values, skip_nonfinite=True)
        return self.frozen_many(rows)

    def _clip(self, z: Floats) -> Floats:
        """``z`` clipped in place, counting what was beyond."""
        beyond = np.abs(z) > self.limit
        if np.count_nonzero(beyond):
            self.clipped += int(np.count_nonzero(beyond))
            z[beyond] = np.copysign(self.limit, z[beyond])
        return z

    # -- without counting --------------------------------------------------------------------------

    def frozen_one(self, x: npt.NDArray[Any]) -> Float32s:
        """The flat sample ``x`` standardised with the statistics as they are."""
        return self.frozen_many(x[None]).reshape(-1)

    def frozen_many(self, rows: npt.NDArray[Any]) -> Float32s:
        """``rows`` standardised with the statistics as they are; 0 where nothing has deviated yet."""
        centre, offset, inverse = self._coefficients()
        y = rows - centre
        y -= offset
        if not isfinite(y.sum()):
            values = rows.astype(np.float64)
            valid = np.abs(values) < LARGEST
            if not self.skip_nonfinite and not valid.all():
                raise culprit(values)
            return np.where(valid, self._clip(np.where(valid, y, 0.0) * inverse), values).astype(np.float32)
        y *= inverse
        return self._clip(y).astype(np.float32)

    def _coefficients(self) -> tuple[Floats, Floats, Floats]:
        """Centre, offset and 1 / std as they are now; computed again only when the statistics changed."""
        moments = self.moments
        version = (moments.count, moments.epoch)
        if self.affine is None or self.affine[0] != version:
            std = moments.std.reshape(-1)
            inverse = np.where(std > 0, 1.0 / np.maximum(std, self.epsilon), 0.0)
            self.affine = (version, moments.centre, moments.offset, inverse)
        return self.affine[1:]

    def restored(self, z: npt.NDArray[Any]) -> Floats:
        """``z * std + mean``, the inverse of ``frozen_many`` for values that were not clipped."""
        return z * np.maximum(self.moments.std, self.epsilon) + self.moments.mean


def ones(n: int) -> Floats:
    """A vector of ``n`` ones, for sums as dot products."""
    return _ONES[:n] if n <= len(_ONES) else np.ones(n)
