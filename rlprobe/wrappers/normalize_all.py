"""Standardise the observations of one environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsFloat

import gymnasium as gym
import numpy as np
from numpy import ndarray

from rlprobe.environments.nests import kept
from rlprobe.environments.signals import telling
from rlprobe.stats.nonfinite import FoundNonFiniteError
from rlprobe.wrappers.drift import as_declared
from rlprobe.wrappers.face import ArgumentsInSpec, DependsOnHistory, closed, refuse_twice, require_env
from rlprobe.wrappers.observations import StandardisedObservations, Where

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.leaf import Leaf


class NormalizeAll(StandardisedObservations, ArgumentsInSpec, DependsOnHistory):
    """Standardise every numeric component of the observation with the statistics of all data so far.

    ``z = clip((x - mean) / max(std, epsilon))``, where mean and std are those of **every** observation so far
    (from resets, steps and ends of episodes), each counted once with equal weight. They are accumulated in
    float64 relative to the data, so a large mean costs no precision. A component is 0 until two of its values
    differ. ``Box`` arrays in any nesting of ``Dict`` and ``Tuple`` are standardised to float32; ids, flags
    and text are not changed.

    Args:
        env: a single environment; vector ones take ``rlprobe.wrappers.vector.NormalizeAll``.
        clip: outputs lie within ``+-clip``; None for no limit. ``clipped`` counts the values it changed.
        epsilon: standard deviations below this count as this (in the unit of the observation, not squared).
        update: whether observations are counted; ``freeze``, ``unfreeze`` and ``with env.frozen():`` change
            it.
        stats: share the statistics of another environment: ``NormalizeAll(eval_env, stats=env.stats,
            update=False)``.
        on_nonfinite: ``"raise"`` on NaN and infinite values, or ``"skip"``: leave them out and pass them on.
        keys: labels of the arrays to standardise, e.g. ``("arm/0", "camera")``; all by default.
        images: uint8 arrays with two axes or more get one statistic per ``"channel"``, one per ``"pixel"``,
            are divided by 255 (``"fixed"``) or left as bytes (``"leave"``). By default one per channel, but
            pictures within a ``Dict`` or ``Tuple`` are left, because libraries recognise them by their bytes
            and give only those convolutions; name them in ``keys`` to standardise them all the same.
        kind: what an array is, where its shape does not say so: ``"picture"``, ``"planes"`` and ``"depth"``
            (one statistic per channel, of any dtype), ``"ids"`` (left alone, as is ``"segmentation"``) or
            ``"numbers"`` (one per element); for one of several arrays as ``{"camera": "ids"}``.
        layout: one letter per axis, ``"HWC"``, ``"CHW"``, ``"SHWC"``; statistics are pooled over H and W.
            Likewise ``{"camera": "CHW"}``. A warning at construction names what is in doubt; ``env.taken``
            says what each array is taken for.
        names: a name for each component, for messages and as protection against permuted features.
        keep_raw: put the observation as it was into ``info["rlprobe"]["raw_observation"]``.

    The statistics are in ``stats`` (``count``, ``mean``, ``var``, ``std``); ``gym.make(env.spec)`` rebuilds
    the wrapper with its arguments but **without** the statistics, which travel by ``save`` and ``load``.

    Raises:
        TypeError: ``env`` is a vector environment or none at all.
        ValueError: an argument out of range, an array without components, or an environment normalised
            already.
        rlprobe.stats.LayoutError: ``stats`` belong to another space.
        rlprobe.stats.NonFiniteError: from ``reset`` and ``step``; names component and step, counts nothing.

    >>> env = NormalizeAll(gym.make("CartPole-v1"))
    >>> observation, info = env.reset(seed=0)
    >>> observation, *_ = env.step(0)
    >>> int(env.stats.count), observation.round(3).tolist()
    (2, [-1.0, -1.0, -1.0, 1.0])
    """

    def _wrap(self, env: Any) -> gym.Space[Any]:
        require_env(self, env)
        refuse_twice(self, env, "NormalizeObservation")
        gym.Wrapper.__init__(self, env)
        space: gym.Space[Any] = env.observation_space
        return space

    def _declare(self, space: gym.Space[Any]) -> None:
        self.observation_space = self._output_space(space)
        self._closed = False
        leaves = self._layout.leaves
        self._expected = [(leaf.shape, np.dtype(leaf.dtype), leaf) for leaf in leaves]
        one = self._plain and not leaves[0].pooled
        self._one: Any = self._expected[0][:2] if one else (None, None)
        self._is_flat = one and len(leaves[0].shape) == 1

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """Step, and standardise the observation after counting it."""
        if self._closed:
            raise closed(self)
        observation, reward, terminated, truncated, info = self.env.step(action)
        self.steps += 1
        if self.keep_raw:
            info = telling(info, raw_observation=kept(observation))
        shape, dtype = self._one
        if (
            type(observation) is ndarray
            and observation.shape == shape
            and observation.dtype is dtype
            and (self.updating or self._warned)
        ):
            run = self._kernels[0].count if self.updating else self._kernels[0].frozen
            try:
                z = run(observation) if self._is_flat else run(observation.ravel()).reshape(shape)
            except FoundNonFiniteError as found:
                raise self._refused(self._layout.leaves[0], found, self._when()) from None
            return z, reward, terminated, truncated, info
        return self._standardise(observation), reward, terminated, truncated, info

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Reset, and standardise the observation after counting it."""
        if self._closed:
            raise closed(self)
        observation, info = self.env.reset(seed=seed, options=options)
        if self.keep_raw:
            info = telling(info, raw_observation=kept(observation))
        return self._standardise(observation), info

    def close(self) -> None:
        """Close the environment."""
        self._closed = True
        self.env.close()

    def _standardise(self, observation: Any) -> Any:
        """Any observation; ``step`` does the most frequent case itself."""
        if self._plain:
            return self._batch([self._as_declared(self._layout.leaves[0], observation)])[0]
        parts = self._layout.flatten(observation)
        arrays = [
            x if type(x) is ndarray and x.shape == shape and x.dtype == dtype else self._as_declared(leaf, x)
            for x, (shape, dtype, leaf) in zip(parts, self._expected)  # noqa: B905 (0.1 us)
        ]
        done = self._count(arrays, self._when, single=True) if self.updating else self._batch(arrays)
        standardised = self._layout.replace(observation, done)
        return self._scale_fixed(standardised, np.float32(255)) if self._fixed.leaves else standardised

    def _batch(self, arrays: list[npt.NDArray[Any]]) -> list[npt.NDArray[Any]]:
        """Any observation, one array per leaf."""
        if self.updating:
            return self._count(arrays, self._when, single=True)
        if not self._warned:
            self._warn_unset()
        done = []
        for leaf, kernel, x in zip(self._layout.leaves, self._kernels, arrays):  # noqa: B905 (0.1 us)
            try:
                if leaf.pooled:
                    done.append(self._run(kernel.frozen, leaf, x[None])[0])
                else:
                    done.append(kernel.frozen(x.ravel()).reshape(x.shape))
            except FoundNonFiniteError as found:
                raise self._refused(leaf, found, self._when()) from None
        return done

    def _as_declared(self, leaf: Leaf, x: Any) -> npt.NDArray[Any]:
        when = f" at step {self.steps}"
        return as_declared(x, leaf, leaf.shape, called="NormalizeAll", when=when, drifted=self._drifted)

    def _when(self) -> Where:
        return Where(self.steps, single=True)
