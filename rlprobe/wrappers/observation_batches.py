"""Standardise batches of observations, for vector environments of Gymnasium and Stable-Baselines3."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

from rlprobe.stats.nonfinite import FoundNonFiniteError
from rlprobe.wrappers.drift import as_declared
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
        done = self._count(arrays, self._where) if self.updating else self._run_all_frozen(arrays)
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
        flat = [
            [
                self._as_declared(leaf, x, leaf.shape)
                for leaf, x in zip(self._layout.leaves, parts, strict=True)
            ]
            for parts in map(self._layout.flatten, singles)
        ]
        arrays = self._arrays(observations)
        joined = [np.concatenate([array, np.stack([f[k] for f in flat])]) for k, array in enumerate(arrays)]
        of = np.concatenate([np.arange(self._n), rows])
        done = (
            self._count(joined, partial(self._where, of))
            if self.updating
            else self._run_all_frozen(joined, of)
        )
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
            return [self._as_declared(self._layout.leaves[0], observations, shape)]
        arrays = self._layout.flatten(observations)
        declared = zip(self._layout.leaves, arrays, self._declared, strict=True)
        return [
            array
            if type(array) is ndarray and array.shape == shape and array.dtype == dtype
            else self._as_declared(leaf, array, shape)
            for leaf, array, (shape, dtype) in declared
        ]

    def _as_declared(self, leaf: Leaf, x: Any, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        when = f" at step {self.steps}"
        return as_declared(x, leaf, shape, called=self.called, when=when, drifted=self._drifted)

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
