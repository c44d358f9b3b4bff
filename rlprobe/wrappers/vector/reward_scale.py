"""Divide the rewards of a vector environment by the running standard deviation of the return."""

from __future__ import annotations

from math import inf, isfinite, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorWrapper
from numpy import add, divide, logical_or, multiply  # looked up in numpy, each costs 0.03 us more

from rlprobe.environments.autoreset import autoreset_mode, reset_mask
from rlprobe.stats.kernels.column_sums import CANCELLATION, ones
from rlprobe.stats.nonfinite import LARGEST
from rlprobe.wrappers.face import ArgumentsInSpec, closed, refuse_twice, require_vector_env
from rlprobe.wrappers.rewards import LONG_EPISODE, ScaledRewards

if TYPE_CHECKING:
    import numpy.typing as npt


class RewardScale(ScaledRewards, ArgumentsInSpec, VectorWrapper[Any, Any, Any, Any, Any]):
    """Divide rewards by the running standard deviation of the discounted return of all environments.

    The same as ``rlprobe.RewardScale`` with one statistic for all environments, in every autoreset mode: each
    environment's return starts from 0 with each of its episodes, and a step that only resets (``NEXT_STEP``)
    is not counted. The arguments are those of ``rlprobe.RewardScale``; ``info["rlprobe"]["raw_reward"]`` has
    one value per environment and ``_raw_reward`` says which of them belong to a real step.

    Raises:
        TypeError: ``env`` is a single environment or none at all.
        ValueError, rlprobe.stats.LayoutError, rlprobe.stats.NonFiniteError: as ``rlprobe.RewardScale``.

    >>> import gymnasium as gym
    >>> envs = RewardScale(gym.make_vec("CartPole-v1", num_envs=2, vectorization_mode="sync"), gamma=0.5)
    >>> _ = envs.reset(seed=0)
    >>> [envs.step(np.array([0, 1]))[1].tolist() for _ in range(2)]  # returns 1, 1, 1.5, 1.5
    [[1.0, 1.0], [4.0, 4.0]]
    """

    def _wrap(self, env: Any) -> None:
        require_vector_env(self, env)
        refuse_twice(self, env, "NormalizeReward")
        VectorWrapper.__init__(self, env)

    def _begin(self) -> None:
        self.autoreset_mode = autoreset_mode(self, self.env)
        self._waits = self.autoreset_mode == AutoresetMode.NEXT_STEP
        self._n = self.env.num_envs
        self._returns = np.zeros(self._n)
        self._discount = np.array(self.gamma)  # an array: ufuncs take it faster than a float
        self._divisor = np.ones(())
        self._ones = ones(self._n)
        self._length = 0.0  # of the vector of returns, or more
        self._all = np.ones(self._n, dtype=np.bool_)
        self._lengths = np.zeros(self._n, dtype=np.int64)
        self._resetting: npt.NDArray[np.bool_] | None = None  # rows whose next step only resets

    def step(self, actions: Any) -> tuple[Any, npt.NDArray[np.float64], Any, Any, dict[str, Any]]:
        """Step, and divide the rewards after counting them."""
        if self._closed:
            raise closed(self)
        observations, rewards, terminations, truncations, infos = self.env.step(actions)
        self.steps += 1
        raw = np.array(rewards, dtype=np.float64)
        if raw.shape != (self._n,):
            raise ValueError(f"vector.RewardScale expected rewards of shape ({self._n},), got {raw.shape}")
        real = None if self._resetting is None else ~self._resetting
        ours = infos.setdefault("rlprobe", {})
        ours["raw_reward"] = raw
        ours["_raw_reward"] = self._all.copy() if real is None else real
        reach = self._follow(raw, real)
        scale = self.scale
        self._divisor[()] = scale
        scaled = divide(raw, self._divisor)
        if not reach <= self._limit * scale:
            self._clip(scaled)
        self._resetting = None
        ended = logical_or(terminations, truncations)
        if 1 in ended.tobytes():  # three times faster than any()
            self._returns[ended] = 0.0
            self._lengths[ended] = 0
            if self._waits:
                self._resetting = ended
        return observations, scaled, terminations, truncations, infos

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

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[Any, dict[str, Any]]:
        """Reset all environments or those of ``options["reset_mask"]``, and begin their returns anew."""
        if self._closed:
            raise closed(self)
        mask = reset_mask(options, self._n)
        result = self.env.reset(seed=seed, options=options)
        chosen: Any = slice(None) if mask is None else mask
        self._returns[chosen] = 0.0
        self._lengths[chosen] = 0
        if self._resetting is not None:
            self._resetting = self._resetting.copy()
            self._resetting[chosen] = False
        return result

    def close(self, **kwargs: Any) -> None:
        """Close the environments."""
        self._closed = True
        self.env.close(**kwargs)

    def _under_way(self) -> dict[str, npt.NDArray[Any]]:
        resetting = np.zeros(self._n, dtype=np.bool_) if self._resetting is None else self._resetting
        return {"returns": self._returns.copy(), "resetting": resetting.copy()}

    def _resume(self, under_way: dict[str, npt.NDArray[Any]]) -> None:
        self._returns, self._length = np.array(under_way["returns"], dtype=np.float64), inf
        resetting = np.array(under_way["resetting"], dtype=np.bool_)
        self._resetting = resetting if resetting.any() else None
