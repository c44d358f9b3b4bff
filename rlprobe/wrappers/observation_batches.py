"""Standardise batches of observations, for vector environments of Gymnasium and Stable-Baselines3."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

from rlprobe.environments.nests import holds_tensors, is_tensor
from rlprobe.extras import need
from rlprobe.stats.nonfinite import FoundNonFiniteError
from rlprobe.stats.tensors.kernel import TensorKernel
from rlprobe.stats.tensors.rows import tensor_from_rows, tensor_rows
from rlprobe.wrappers.drift import as_declared
from rlprobe.wrappers.observations import StandardisedObservations, Where

if TYPE_CHECKING:
    from collections.abc import Callable

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
            and observations.dtype is dtype
        ):
            try:
                return self._kernels[0].count(observations)
            except FoundNonFiniteError as found:
                raise self._refused(self._layout.leaves[0], found, self._where()) from None
        if holds_tensors(observations):
            return self._standardise_tensors(observations)[0]
        arrays = self._arrays(observations)
        done = self._count(arrays, self._where) if self.updating else self._run_all_frozen(arrays)
        return self._rebuild(observations, done)

    def _standardise_tensors(
        self, observations: Any, which: Any = None, finals: Any = None, ended: Any = None
    ) -> tuple[Any, Any]:
        """Tensors standardised on their device, after counting them, and terminal observations with them.

        Args:
            observations: of all environments.
            which: the environments to count, as a tensor of booleans; None for all.
            finals: terminal observations of all environments, batched; None without any.
            ended: which of ``finals`` are meant; the others come back as 0.
        """
        leaves, kernels, torch = self._layout.leaves, self._with_tensors(), need("torch", self.called)
        batches = [observations] if finals is None else [observations, finals]
        arrays = [
            torch.cat([tensor_as_declared(self.called, leaf, x, self._n) for x in parts])
            for leaf, *parts in zip(leaves, *map(self._layout.flatten, batches), strict=True)
        ]
        if finals is not None:
            which = torch.cat([torch.ones_like(ended), ended])
            arrays = [torch.where(which.reshape(-1, *[1] * (x.ndim - 1)), x, 0) for x in arrays]
        if self.updating:
            count_tensors(kernels, leaves, arrays, which, self._refused_tensor)
        elif not self._warned:
            self._warn_unset()
        done = []
        for leaf, kernel, x in zip(leaves, kernels, arrays, strict=True):
            try:
                run = kernel.standardised if self.updating else kernel.frozen
                done.append(tensor_from_rows(leaf, run(tensor_rows(leaf, x)), len(x)))
            except FoundNonFiniteError as found:
                raise self._refused_tensor(leaf, found) from None
        now = self._rebuild(observations, [z[: self._n] for z in done])
        if finals is None:
            return now, None
        terminal = [torch.where(ended.reshape(-1, *[1] * (z.ndim - 1)), z[self._n :], 0) for z in done]
        return now, self._rebuild(finals, terminal)

    def _with_tensors(self) -> list[TensorKernel]:
        if not self._tensor_kernels:
            self._tensor_kernels = [TensorKernel(moments, **self._settings) for moments in self.stats.moments]
        return self._tensor_kernels

    def _refused_tensor(self, leaf: Leaf, found: FoundNonFiniteError) -> Exception:
        rows = np.concatenate([np.arange(self._n)] * 2)  # terminal observations come after the others
        return self._refused(leaf, found, self._where(rows))

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
                done.append(self._run(kernel.frozen, leaf, batch))
            except FoundNonFiniteError as found:
                raise self._refused(leaf, found, self._where(rows)) from None
        return done

    def _where(self, rows: npt.NDArray[np.intp] | None = None) -> Where:
        return Where(self.steps, rows)


def tensor_as_declared(called: str, leaf: Leaf, x: Any, n: int) -> Any:
    """``x`` if it is a tensor of the declared shape.

    Raises:
        ValueError: another type or shape; names both.
    """
    if is_tensor(x) and tuple(x.shape) == (n, *leaf.shape):
        return x
    got = f"a tensor of shape {tuple(x.shape)}" if is_tensor(x) else repr(type(x))
    raise ValueError(
        f"{called}: the space declares {leaf.label!r} as {n} times the shape {leaf.shape}, but the "
        f"environment returned {got}: return tensors for all observations, or for none, of the declared shape"
    )


def count_tensors(
    kernels: list[TensorKernel],
    leaves: tuple[Leaf, ...],
    arrays: list[Any],
    which: Any,
    refused: Callable[[Leaf, FoundNonFiniteError], Exception],
) -> None:
    """Count the rows ``which`` (None for all) of each leaf; all leaves are counted, or none."""
    before = [kernel.snapshot() for kernel in kernels]
    for leaf, kernel, x in zip(leaves, kernels, arrays, strict=True):
        chosen = which if which is None or not leaf.pooled else which.repeat_interleave(leaf.per_sample)
        try:
            kernel.count(tensor_rows(leaf, x), chosen)
        except FoundNonFiniteError as found:
            for other, old in zip(kernels, before, strict=True):
                other.restore(old)
            raise refused(leaf, found) from None
