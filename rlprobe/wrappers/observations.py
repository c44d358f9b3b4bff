"""Observations standardised with running statistics: the part that single and vector environments share."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from rlprobe.environments.nests import is_tensor
from rlprobe.stats import NonFiniteError, RunningStats
from rlprobe.stats.kernels.kernel import Kernel
from rlprobe.stats.leaf import as_array, as_rows, from_rows
from rlprobe.stats.nonfinite import FoundNonFiniteError
from rlprobe.stats.running import check_on_nonfinite
from rlprobe.stats.sums import State
from rlprobe.wrappers.doubts import taken, warn_of_doubts
from rlprobe.wrappers.face import Switch, positive, require_stats
from rlprobe.wrappers.leaves import ByLabel, Choice, Images, fixed_layout, layout_of, standardised

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    import numpy.typing as npt
    from gymnasium import spaces

    from rlprobe.stats.leaf import Leaf
    from rlprobe.stats.tensors.kernel import TensorKernel


@dataclass(frozen=True)
class Where:
    """At which step, and in which environment each row of a batch was (None in a single environment)."""

    step: int
    rows: npt.NDArray[np.intp] | None = None
    single: bool = False

    def tell(self, row: int) -> str:
        """The words for an error about ``row``."""
        if self.single:
            return f" at step {self.step}"
        return f" in environment {row if self.rows is None else int(self.rows[row])} at step {self.step}"


class StandardisedObservations(Switch):
    """Statistics of every numeric array of an observation space, and the arithmetic on them."""

    steps: int

    def __init__(
        self,
        env: Any,
        *,
        clip: float | None = 10.0,
        epsilon: float = 1e-8,
        update: bool = True,
        stats: RunningStats | None = None,
        on_nonfinite: str = "raise",
        keys: Sequence[str] | None = None,
        images: Images | None = None,
        kind: ByLabel = None,
        layout: ByLabel = None,
        names: Sequence[str] | None = None,
        keep_raw: bool = False,
    ) -> None:
        space = self._wrap(env)
        if images is not None and images not in get_args(Images):
            raise ValueError(f"expected images to be one of {get_args(Images)}, got {images!r}")
        self.clip = positive("clip", clip, optional=True)
        self.epsilon = positive("epsilon", epsilon) or 0.0
        self.on_nonfinite = check_on_nonfinite(on_nonfinite)
        choice = Choice(keys, images, kind, layout)
        self.taken = taken(space, choice)
        self._layout = layout_of(space, choice, names)  # our own, also where the statistics are shared
        if stats is None:
            stats = RunningStats(self._layout)
        else:
            RunningStats(self._layout).require(require_stats(self, stats).layout)
        self._stats = stats
        self._fixed = fixed_layout(space, choice)
        self._plain = self._layout.skeleton == 0
        self._drifted: set[str] = set()
        warn_of_doubts(type(self).__name__, space, choice)
        self.updating = bool(update)
        self.steps = 0
        skip = self.on_nonfinite == "skip"
        self._settings: dict[str, Any] = {"epsilon": self.epsilon, "clip": self.clip, "skip_nonfinite": skip}
        self._kernels = [Kernel(m, leaf.dtype, run=leaf.run, **self._settings) for leaf, m in stats.pairs()]
        self._tensor_kernels: list[TensorKernel] = []  # made when the first tensors come
        self._warned = False
        self.keep_raw = bool(keep_raw)
        self._declare(space)

    def _wrap(self, env: Any) -> spaces.Space[Any]:
        """Put this around ``env``, if it is of the right kind; returns the space of one observation."""
        raise NotImplementedError

    def _declare(self, space: spaces.Space[Any]) -> None:
        """Declare the space of standardised observations, and prepare what depends on it."""
        raise NotImplementedError

    @property
    def stats(self) -> RunningStats:
        """The statistics: ``count``, ``mean``, ``var``, ``std``; may be shared with another environment."""
        return self._stats

    @property
    def clipped(self) -> int:
        """Number of values set to the clip so far."""
        own = sum(kernel.clipped for kernel in self._kernels)
        return own + sum(kernel.clipped for kernel in self._tensor_kernels)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the statistics to ``path``, all or nothing."""
        self.stats.save(path)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Take over the statistics in ``path``; whether counting goes on is left as it is.

        Raises:
            rlprobe.stats.LayoutError: they belong to another space; both are named.
            rlprobe.stats.StatsFileError: the file is damaged.
        """
        self.stats.load(path)
        self.stats.extra = {}

    def normalize(self, x: Any) -> Any:
        """``x`` (one observation, or a batch of them) standardised with the statistics as they are; pure."""
        arrays = [as_array(part) for part in self._layout.flatten(x)]
        parts = [
            self._frozen(leaf, kernel, array)
            for leaf, kernel, array in zip(self._layout.leaves, self._kernels, arrays, strict=True)
        ]
        return self._scale_fixed(self._layout.replace(x, parts), np.float32(255))

    def denormalize(self, z: Any) -> Any:
        """The observation (or batch) whose standardised form is ``z``, in float64: undoes ``normalize``.

        Clipped values come back as the value at the clip.
        """
        arrays = [as_array(part) for part in self._layout.flatten(z)]
        parts = [
            self._restore(leaf, kernel, array)
            for leaf, kernel, array in zip(self._layout.leaves, self._kernels, arrays, strict=True)
        ]
        return self._scale_fixed(self._layout.replace(z, parts), 1 / 255)

    def _scale_fixed(self, nested: Any, divisor: Any) -> Any:
        """``nested`` with the pictures of ``images="fixed"`` divided by ``divisor``."""
        if not self._fixed.leaves:
            return nested
        parts = [(x if is_tensor(x) else as_array(x)) / divisor for x in self._fixed.flatten(nested)]
        return self._fixed.replace(nested, parts)

    def _output_space(self, space: spaces.Space[Any]) -> spaces.Space[Any]:
        """What the observations look like afterwards: float32 within the clip; fixed pictures in 0..1."""
        limit = np.inf if self.clip is None else self.clip
        return standardised(standardised(space, self._layout, -limit, limit), self._fixed, 0.0, 1.0)

    def update(self, x: Any) -> None:
        """Count the batch of observations ``x`` (leading batch axis), without an environment."""
        self.stats.update(x, on_nonfinite=self.on_nonfinite)

    def _count(
        self, arrays: list[npt.NDArray[Any]], where: Callable[[], Where], *, single: bool = False
    ) -> list[npt.NDArray[Any]]:
        """Count batches (or samples), one per leaf, and standardise them; all are counted, or none."""
        leaves, moments, done = self._layout.leaves, self._stats.moments, []
        before = []
        for m in moments[:-1]:  # the last is untouched when it refuses a value
            if m.count >= m.until:
                m.fetch()
            before.append((m.count, m.counts, m.table.tobytes()))  # in half the time of a copy
        try:
            for kernel, x in zip(self._kernels, arrays):  # noqa: B905 (costs 0.1 us)
                if single and x.ndim == 1:  # the most frequent case, without a call
                    done.append(kernel.count(x))
                elif single and not (leaf := leaves[len(done)]).pooled:
                    done.append(kernel.count(x.ravel()).reshape(x.shape))
                elif single:
                    done.append(self._run(kernel.count, leaf, x[None])[0])
                else:
                    done.append(self._run(kernel.count, leaves[len(done)], x))
        except FoundNonFiniteError as found:
            for m, (n, counts, raw) in zip(moments, before[: len(done)], strict=False):
                table = np.frombuffer(raw).reshape(3, -1)
                m.restore(State(n, counts, table[0], table[1:]))
            raise self._refused(leaves[len(done)], found, where()) from None
        return done

    def _frozen(self, leaf: Leaf, kernel: Kernel, x: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """``x``, one sample or a batch, standardised without counting anything, not even what is clipped."""
        before = kernel.clipped
        batch = x if x.ndim > len(leaf.shape) else x[None]
        z = self._run(kernel.frozen, leaf, batch).reshape(x.shape)
        kernel.clipped = before
        return z

    def _run(self, run: Callable[..., Any], leaf: Leaf, batch: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """``batch`` through a function of rows; if a run of numbers shares each statistic, as it is."""
        if leaf.run > 1:
            z: npt.NDArray[Any] = run(batch.reshape(len(batch), -1))
            return z.reshape(batch.shape)
        return from_rows(leaf, run(as_rows(leaf, batch)), len(batch))

    def _restore(self, leaf: Leaf, kernel: Kernel, z: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        batch = z if z.ndim > len(leaf.shape) else z[None]
        rows = as_rows(leaf, batch)
        mean, std = kernel.moments.mean.reshape(-1), kernel.moments.std.reshape(-1)
        x = np.asarray(rows * np.maximum(std, self.epsilon) + mean, dtype=np.float64)
        return from_rows(leaf, x, len(batch)).reshape(z.shape)

    def _warn_unset(self) -> None:
        """Say once that frozen statistics without a sample turn every observation into zeros."""
        if not self._warned and any(m.state.n == 0 for m in self.stats.moments):
            warnings.warn(
                f"{type(self).__name__} is frozen and has counted no observation yet, so its outputs are all "
                "0: load statistics, pass stats=train_env.stats, or unfreeze()",
                stacklevel=4,
            )
        self._warned = True

    def _refused(self, leaf: Leaf, found: FoundNonFiniteError, where: Where) -> NonFiniteError:
        """The error for a value that is not finite: wrapper, environment, component and step."""
        row = found.row // leaf.per_sample
        name = leaf.component(_position(leaf, found))
        return NonFiniteError(
            f"{type(self).__name__}: {name} is {found.value}{where.tell(row)}; "
            "the statistics are as they were before. Find out where the environment makes it, or pass "
            "on_nonfinite='skip' to leave such values out"
        )


def _position(leaf: Leaf, found: FoundNonFiniteError) -> int:
    """Flat position in the sample of what was found in a row of statistics."""
    if not leaf.pooled:
        return found.component
    inside = np.unravel_index(found.row % leaf.per_sample, [leaf.shape[axis] for axis in leaf.pooled])
    index = list(np.unravel_index(found.component, leaf.stat_shape)) if leaf.stat_shape else []
    for axis, at in zip(leaf.pooled, inside, strict=True):
        index.insert(axis, at)
    return int(np.ravel_multi_index(tuple(int(i) for i in index), leaf.shape))
