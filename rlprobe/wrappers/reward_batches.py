"""Divide batches of rewards, one per environment, however the environments are stepped."""

from __future__ import annotations

from math import inf, isfinite, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import add, divide, multiply  # looked up in numpy, each costs 0.03 us more

from rlprobe.stats.kernels.column_sums import CANCELLATION, ones
from rlprobe.stats.nonfinite import LARGEST
from rlprobe.wrappers.rewards import LONG_EPISODE, ScaledRewards

if TYPE_CHECKING:
    import numpy.typing as npt


class BatchRewards(ScaledRewards):
    """The arithmetic of vector environments of Gymnasium and of Stable-Baselines3."""

    def _expect(self, n: int) -> None:
        """Prepare for batches of ``n`` environments."""
        self._n = n
        self._returns = np.zeros(n)
        self._discount = np.array(self.gamma)  # an array: ufuncs take it faster than a float
        self._divisor = np.ones(())
        self._ones = ones(n)
        self._length = 0.0  # of the vector of returns, or more
        self._lengths = np.zeros(n, dtype=np.int64)
        self._resetting: npt.NDArray[np.bool_] | None = None  # rows whose next step only resets

    def _divided(
        self, raw: npt.NDArray[np.float64], real: npt.NDArray[np.bool_] | None = None
    ) -> npt.NDArray[np.float64]:
        """``raw`` divided, after counting the rows that are ``real`` rewards (None for all)."""
        reach = self._follow(raw, real)
        scale = self.scale
        self._divisor[()] = scale
        scaled = divide(raw, self._divisor)
        if not reach <= self._limit * scale:
            self._clip(scaled)
        return scaled

    def _begin_anew(self, chosen: Any) -> None:
        """The environments ``chosen`` were reset: their returns start from 0."""
        self._returns[chosen] = 0.0
        self._lengths[chosen] = 0
        if self._resetting is not None:
            self._resetting = self._resetting.copy()
            self._resetting[chosen] = False

    def _follow(self, raw: npt.NDArray[np.float64], real: npt.NDArray[np.bool_] | None) -> float:
        """Continue each return by its reward and, unless frozen, count the real ones; bounds the rewards."""
        returns = multiply(self._returns, self._discount)
        add(returns, raw, returns)
        if real is not None:
            returns[~real] = 0.0
        squares = float(returns.dot(returns))
        if not isfinite(squares):
            self._leave_out(raw, real)
            return inf
        if self.updating and self.fixed_scale is None:
            if self.by == "return" and real is None:
                self._count(returns, squares)
            else:
                values = returns if self.by == "return" else raw
                values = values if real is None else values[real]
                self._count(values, float(values.dot(values)))
            if self._watch:
                self._lengths += 1
                if self._lengths.max() > LONG_EPISODE:
                    self._warn_endless()
        self._returns, before, self._length = returns, self._length, sqrt(squares)
        return self._length + before if real is None else inf

    def _count(self, values: npt.NDArray[np.float64], squares: float) -> None:
        """Count ``values``, whose squares add up to ``squares``."""
        n = len(values)
        if n == 0:
            return
        moments = self._moments
        centre = (moments.hot or moments.use_lists())[0][0] if moments.count else 0.0
        if centre:
            values = values - np.array(centre)
            squares = float(values.dot(values))
        mean = float(values.dot(self._ones if n == self._n else ones(n))) / n
        m2 = squares - n * mean * mean
        if mean * mean * n > CANCELLATION * m2:  # so far from the centre that the difference loses digits
            values = values - np.array(mean)
            m2 = float(values.dot(values))
            if not moments.count:
                centre, mean = mean, float(values.dot(ones(n))) / n
        self._add(n, centre, mean, m2)

    def _leave_out(self, raw: npt.NDArray[np.float64], real: npt.NDArray[np.bool_] | None) -> None:
        """Some reward is not finite: refuse it, or pass it on while its return merely decays."""
        valid = np.abs(self._returns * self.gamma + raw) < LARGEST
        if self.on_nonfinite == "raise":
            bad = int(np.argmin(valid))
            raise self._refused(float(raw[bad]), f" in environment {bad}")
        taken = valid if real is None else valid & real
        returns = self._returns * self.gamma + np.where(valid, raw, 0.0)
        if self.updating and self.fixed_scale is None:
            values = (returns if self.by == "return" else raw)[taken]
            self._count(values, float(values.dot(values)))
        self._returns, self._length = returns, inf

    def _clip(self, scaled: npt.NDArray[np.float64]) -> None:
        """Clip ``scaled`` in place, counting what was beyond; values that are not finite pass."""
        limit = self._limit
        if scaled.item(scaled.argmax()) <= limit and scaled.item(scaled.argmin()) >= -limit:
            return
        beyond = (np.abs(scaled) > limit) & np.isfinite(scaled)
        self.clipped += int(np.count_nonzero(beyond))
        scaled[beyond] = np.copysign(limit, scaled[beyond])

    def _under_way(self) -> dict[str, npt.NDArray[Any]]:
        resetting = np.zeros(self._n, dtype=np.bool_) if self._resetting is None else self._resetting
        return {"returns": self._returns.copy(), "resetting": resetting.copy()}

    def _resume(self, under_way: dict[str, npt.NDArray[Any]]) -> None:
        self._returns, self._length = np.array(under_way["returns"], dtype=np.float64), inf
        resetting = np.array(under_way["resetting"], dtype=np.bool_)
        self._resetting = resetting if resetting.any() else None
