"""Standardise batches of observations, one row per environment, however the environments are stepped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

from rlprobe.stats.nonfinite import FoundNonFiniteError
from rlprobe.wrappers.observations import StandardisedObservations, Where

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.leaf import Leaf


class BatchObservations(StandardisedObservations):
    """The arithmetic of vector environments of Gymnasium and of Stable-Baselines3."""

    called: str
    """The wrapper as its user writes it, for messages."""

    def _expect(self, n: int) -> None:
        """Prepare for batches of ``n`` environments."""
        self._n = n
        self._declared = [((n, *leaf.shape), np.dtype(leaf.dtype)) for leaf in self._layout.leaves]
        flat = self._plain and not self._layout.leaves[0].pooled and len(self._declared[0][0]) == 2
        self._flat: Any = self._declared[0] if flat else (None, None)

    def _standardise(self, observations: Any) -> Any:
        shape, dtype = self._flat
        if (
            self.updating
            and type(observations) is ndarray
            and observations.shape == shape
            and observations.dtype == dtype
        ):
            try:
                return self._kernels[0].many(observations)
            except FoundNonFiniteError as found:
                raise self._refused(self._layout.leaves[0], found, self._where()) from None
        arrays = self._arrays(observations)
        done = self._count(arrays, self._where()) if self.updating else self._run_all_frozen(arrays)
        return self._rebuild(observations, done)

    def _standardise_with(
        self, observations: Any, singles: list[Any], rows: npt.NDArray[np.intp]
    ) -> tuple[Any, list[Any]]:
        """Count and standardise ``observations`` and terminal observations together.

        Args:
            observations: of all environments.
            singles: terminal observations, one at a time.
            rows: the environment that each of ``singles`` is of.
        """
        flat = [self._layout.flatten(single) for single in singles]
        arrays = self._arrays(observations)
        joined = [np.concatenate([array, np.stack([f[k] for f in flat])]) for k, array in enumerate(arrays)]
        of = np.concatenate([np.arange(self._n), rows])
        done = self._count(joined, self._where(of)) if self.updating else self._run_all_frozen(joined, of)
        terminal = [
            self._rebuild(single, [z[self._n + position] for z in done])
            for position, single in enumerate(singles)
        ]
        return self._rebuild(observations, [z[: self._n] for z in done]), terminal

    def _rebuild(self, observations: Any, standardised: list[npt.NDArray[Any]]) -> Any:
        if self._plain:
            return standardised[0]
        return self._scale_fixed(self._layout.replace(observations, standardised), np.float32(255))

    def _arrays(self, observations: Any) -> list[npt.NDArray[Any]]:
        """The array of each leaf, if it is as the space declares it."""
        if self._plain:
            shape, dtype = self._declared[0]
            if (
                type(observations) is np.ndarray
                and observations.shape == shape
                and observations.dtype == dtype
            ):
                return [observations]
            raise _not_declared(self.called, self._layout.leaves[0], observations, shape)
        arrays = self._layout.flatten(observations)
        for leaf, array, (shape, dtype) in zip(self._layout.leaves, arrays, self._declared, strict=True):
            if type(array) is not np.ndarray or array.shape != shape or array.dtype != dtype:
                raise _not_declared(self.called, leaf, array, shape)
        return arrays

    def _run_all_frozen(
        self, arrays: list[npt.NDArray[Any]], rows: npt.NDArray[np.intp] | None = None
    ) -> list[npt.NDArray[Any]]:
        if not self._warned and not self.updating:
            self._warn_unset()
        done = []
        for leaf, kernel, batch in zip(self._layout.leaves, self._kernels, arrays, strict=True):
            try:
                done.append(self._run_frozen(leaf, kernel, batch))
            except FoundNonFiniteError as found:
                raise self._refused(leaf, found, self._where(rows)) from None
        return done

    def _where(self, rows: npt.NDArray[np.intp] | None = None) -> Where:
        return Where(self.steps, rows)


def _not_declared(called: str, leaf: Leaf, array: Any, shape: tuple[int, ...]) -> ValueError:
    is_array = isinstance(array, np.ndarray)
    got = f"shape {array.shape} and dtype {array.dtype}" if is_array else repr(type(array))
    return ValueError(
        f"{called}: the space declares {leaf.label!r} as a batch of shape {shape} and dtype "
        f"{leaf.dtype}, but the environment returned {got}: correct the environment or its observation_space"
    )
