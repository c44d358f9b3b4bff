"""Scale batches of rewards, for vector environments of Gymnasium and Stable-Baselines3."""

from __future__ import annotations

from math import inf, isfinite, sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy import add, divide, empty, multiply, subtract  # looked up in numpy, each costs 0.03 us more

from rlprobe.environments.nests import beside, kept
from rlprobe.stats.chan import count_sums
from rlprobe.stats.kernels.compiled import reward_loop
from rlprobe.stats.leaf import as_array
from rlprobe.stats.nonfinite import SQUARE_OVERFLOWS_FROM, FoundNonFiniteError
from rlprobe.stats.tensors.returns import TensorReturns
from rlprobe.wrappers.rewards import LONG_EPISODE, ScaledRewards

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt


CANCELLATION: Final = 1e2
"""Where squares are so many times larger than those of the distances to the mean, they lose digits."""


class BatchRewards(ScaledRewards):
    """The arithmetic of vector environments of Gymnasium and of Stable-Baselines3."""

    def _expect(self, n: int) -> None:
        """Prepare for batches of ``n`` environments."""
        self._n = n
        self._returns, self._after = np.zeros((2, n))
        self._discount = np.array(self.gamma)  # an array: ufuncs take it faster than a float
        self._divisor = np.ones(())
        self._ones, self._every = np.ones(n), np.ones(n, dtype=np.bool_)
        self._every.flags.writeable = False  # handed out
        self._loop = self._find_loop()
        self._tensors: TensorReturns | None = None  # made when the first tensors come
        self._length = 0.0  # of the vector of returns, or more
        self._lengths = np.zeros(n, dtype=np.int64)
        self._resetting: Any = None  # rows whose next step only resets

    def _divided(
        self, raw: npt.NDArray[np.float64], real: npt.NDArray[np.bool_] | None = None
    ) -> npt.NDArray[np.float64]:
        """``raw`` divided, after counting the rows that are ``real`` rewards (None for all)."""
        moments, loop = self._moments, self._loop
        plain = moments.counts is None and moments.remote is None
        if loop is not None and self.updating and moments.count >= self._n and plain:
            scaled, after = empty(self._n), self._after
            clipped = loop(
                raw,
                self._every if real is None else real,
                self._returns,
                moments.parts,
                moments.count,
                self.gamma,
                self._limit,
                after,
                scaled,
            )
            if clipped >= 0:
                moments.count += self._n if real is None else int(np.count_nonzero(real))
                self._clipped += clipped
                self._after, self._returns, self._length = self._returns, after, inf
                if self._watch:
                    self._measure_episodes()
                return scaled
        reach = self._follow(raw, real)
        scale = self.scale
        self._divisor[()] = scale
        scaled = divide(raw, self._divisor)
        if not reach <= self._limit * scale:
            self._clip(scaled)
        return scaled

    def __getstate__(self) -> dict[str, Any]:
        """Copies and pickles find their own loop: they may be elsewhere."""
        return {**self.__dict__, "_loop": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """See ``__getstate__``."""
        self.__dict__.update(state)
        self._loop = self._find_loop()

    def _find_loop(self) -> Callable[..., int] | None:
        """The compiled loop, if it can be had and does what is asked for."""
        return reward_loop() if self.by == "return" and self.fixed_scale is None else None

    def _divided_tensors(self, rewards: Any, real: Any) -> tuple[Any, Any]:
        """Rewards on a device divided, after counting the ``real`` ones, and the returns after this step."""
        if self._tensors is None:
            self._tensors = TensorReturns(
                self._moments,
                self.gamma,
                by_return=self.by == "return",
                fixed=self.fixed_scale,
                epsilon=1e-300,
                clip=self.clip,
                skip_nonfinite=self.on_nonfinite == "skip",
            )
        before = self._tensors.kernel.beyond
        try:
            found = self._tensors.divided(rewards, self._returns, real, counting=self.updating)
        except FoundNonFiniteError as error:
            raise self._refused(error.value, f" in environment {error.row}") from None
        self._clipped = self._clipped + self._tensors.kernel.beyond - before
        return found

    def _begin_anew(self, chosen: Any) -> None:
        """Restart the returns of the environments ``chosen`` from 0, after their reset."""
        rows = chosen if isinstance(chosen, slice) else beside(chosen, self._returns)
        self._returns[rows] = 0.0
        self._lengths[chosen] = 0
        if self._resetting is not None:
            self._resetting = kept(self._resetting)
            self._resetting[rows] = False

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
            values = returns if self.by == "return" else raw
            self._count(values if real is None else values[real])
            if self._watch:
                self._measure_episodes()
        self._returns, before, self._length = returns, self._length, sqrt(squares)
        return self._length + before if real is None else inf

    def _measure_episodes(self) -> None:
        self._lengths += 1
        if self._lengths.max() > LONG_EPISODE:
            self._warn_endless()

    def _count(self, values: npt.NDArray[np.float64]) -> None:
        """Count ``values``."""
        n = len(values)
        if n == 0:
            return
        moments = self._moments
        moments.fetch()
        if moments.count < n or moments.counts is not None:
            moments.add_rows(values[:, None])
            return
        ones = self._ones if n == self._n else np.ones(n)
        mean, rest = moments.mean_and_rest()
        s1, s2 = float(values.dot(ones)), float(values.dot(values))
        squares = s2 - mean * (2.0 * s1 - n * mean)  # of the distances to the mean
        if s2 > CANCELLATION * squares:
            values = subtract(values, mean)
            s1, squares = float(values.dot(ones)), float(values.dot(values))
            mean = 0.0
        s1 -= n * mean
        moments.count += n
        count_sums(moments.parts, moments.count, s1 - n * rest, squares + rest * (n * rest - 2.0 * s1))

    def _leave_out(self, raw: npt.NDArray[np.float64], real: npt.NDArray[np.bool_] | None) -> None:
        """A reward is not finite: raise, or pass it on; its return continues as if the reward were 0."""
        valid = np.abs(self._returns * self.gamma + raw) < SQUARE_OVERFLOWS_FROM
        if self.on_nonfinite == "raise":
            bad = int(np.argmin(valid))
            raise self._refused(float(raw[bad]), f" in environment {bad}")
        taken = valid if real is None else valid & real
        returns = self._returns * self.gamma + np.where(valid, raw, 0.0)
        if self.updating and self.fixed_scale is None:
            self._count((returns if self.by == "return" else raw)[taken])
        self._returns, self._length = returns, inf

    def _clip(self, scaled: npt.NDArray[np.float64]) -> None:
        """Clip ``scaled`` in place, counting what was beyond; values that are not finite pass."""
        limit = self._limit
        if scaled.item(scaled.argmax()) <= limit and scaled.item(scaled.argmin()) >= -limit:
            return
        beyond = (np.abs(scaled) > limit) & np.isfinite(scaled)
        self._clipped += int(np.count_nonzero(beyond))
        scaled[beyond] = np.copysign(limit, scaled[beyond])

    def _under_way(self) -> dict[str, npt.NDArray[Any]]:
        resetting = np.zeros(self._n, dtype=np.bool_) if self._resetting is None else self._resetting
        return {"returns": as_array(self._returns).copy(), "resetting": as_array(resetting).copy()}

    def _resume(self, under_way: dict[str, npt.NDArray[Any]]) -> None:
        self._returns, self._length = np.array(under_way["returns"], dtype=np.float64), inf
        resetting = np.array(under_way["resetting"], dtype=np.bool_)
        self._resetting = resetting if resetting.any() else None
