"""Scale batches of rewards, for vector environments of Gymnasium and Stable-Baselines3."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy import add, divide, empty, multiply, subtract  # looked up in numpy, each costs 0.03 us more

from rlprobe.environments.nests import beside, kept
from rlprobe.stats.kernels import loops
from rlprobe.stats.kernels.compiled import compiled
from rlprobe.stats.leaf import as_array
from rlprobe.stats.nonfinite import SQUARE_OVERFLOWS_FROM, FoundNonFiniteError
from rlprobe.stats.tensors.returns import TensorReturns
from rlprobe.wrappers.rewards import LONG_EPISODE, ScaledRewards

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt


CANCELLATION: Final = 1e2
"""Where squares are so many times larger than those of the distances to the centre, they lose digits."""


class BatchRewards(ScaledRewards):
    """The arithmetic of vector environments of Gymnasium and of Stable-Baselines3."""

    def _expect(self, n: int) -> None:
        """Prepare for batches of ``n`` environments."""
        self._n = n
        self._returns = np.zeros(n)
        self._discount = np.array(self.gamma)  # an array: ufuncs take it faster than a float
        self._divisor = np.ones(())
        self._ones, self._every = np.ones(n), np.ones(n, dtype=np.bool_)
        self._every.flags.writeable = False  # handed out
        self._loop = self._find_loop()
        self._tensors: TensorReturns | None = None  # made when the first tensors come
        self._lengths = np.zeros(n, dtype=np.int64)
        self._resetting: Any = None  # rows whose next step only resets

    def _divided(
        self, raw: npt.NDArray[np.float64], real: npt.NDArray[np.bool_] | None = None
    ) -> npt.NDArray[np.float64]:
        """``raw`` divided, after counting the rows that are ``real`` rewards (None for all)."""
        moments, loop, n, own = self._moments, self._loop, self._n, self._every
        if loop is not None and self.updating:
            scaled = empty(n)
            if real is not None:
                n, own = int(np.count_nonzero(real)), real
            if 0 < n <= moments.count < moments.until or moments.ready(n):
                table, count = moments.table, moments.count
                clipped = loop(raw, own, self._returns, table, scaled, count, self.gamma, self._limit)
                if clipped >= 0:
                    moments.count = count + n
                    if clipped:
                        self._clipped += clipped
                    if self._watch:
                        self._measure_episodes()
                    return scaled
        self._divisor[()] = self._follow(raw, real)
        scaled = divide(raw, self._divisor)
        if not scaled.dot(scaled) <= self._limit * self._limit:
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
        wanted = self.by == "return" and self.fixed_scale is None
        return compiled(loops.rewards, "float64") if wanted else None

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
        """Continue each return by its reward and, unless frozen, count the real ones; the scale then."""
        returns = multiply(self._returns, self._discount)
        add(returns, raw, returns)
        if real is not None:
            returns[~real] = 0.0
        squares = float(returns.dot(returns))
        if not isfinite(squares):
            self._leave_out(raw, real)
            return self.scale
        self._returns = returns
        if not self.updating or self.fixed_scale is not None:
            return self.scale
        if self._watch:
            self._measure_episodes()
        if self.by == "return":
            return self._count(returns if real is None else returns[real], squares)
        values = raw if real is None else raw[real]
        return self._count(values, float(values.dot(values)))

    def _measure_episodes(self) -> None:
        self._lengths += 1
        if self._lengths.max() > LONG_EPISODE:
            self._warn_endless()

    def _count(self, values: npt.NDArray[np.float64], squares: float) -> float:
        """Count ``values``, whose squares sum to ``squares``; the scale then."""
        n, moments = len(values), self._moments
        if not moments.ready(n):
            moments.add_rows(values[:, None])
            return self.scale
        ones = self._ones if n == self._n else np.ones(n)
        centre, s1 = moments.flat[0], float(values.dot(ones))
        s2 = squares - centre * (2.0 * s1 - n * centre)
        s1 -= n * centre
        if squares > CANCELLATION * s2:
            distances = subtract(values, centre)
            s1, s2 = float(distances.dot(ones)), float(distances.dot(distances))
        return self._add(n, s1, s2)

    def _leave_out(self, raw: npt.NDArray[np.float64], real: npt.NDArray[np.bool_] | None) -> None:
        """A reward is not finite: raise, or pass it on; its return continues as if the reward were 0."""
        valid = np.abs(self._returns * self.gamma + raw) < SQUARE_OVERFLOWS_FROM
        if self.on_nonfinite == "raise":
            bad = int(np.argmin(valid))
            raise self._refused(float(raw[bad]), f" in environment {bad}")
        taken = valid if real is None else valid & real
        returns = self._returns * self.gamma + np.where(valid, raw, 0.0)
        if self.updating and self.fixed_scale is None:
            values = (returns if self.by == "return" else raw)[taken]
            self._count(values, float(values.dot(values)))
        self._returns = returns

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
        self._returns = np.array(under_way["returns"], dtype=np.float64)
        resetting = np.array(under_way["resetting"], dtype=np.bool_)
        self._resetting = resetting if resetting.any() else None
