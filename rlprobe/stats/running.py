"""Running statistics of nested arrays with a leading batch axis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.stats import files as stats_file
from rlprobe.stats.differences import difference
from rlprobe.stats.files import StatsFileError
from rlprobe.stats.layout import Layout
from rlprobe.stats.leaf import Leaf, as_array, as_rows
from rlprobe.stats.moments import Moments
from rlprobe.stats.nonfinite import FoundNonFiniteError
from rlprobe.stats.quantiles import Histogram

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from typing import Self

    import numpy.typing as npt

__all__ = [
    "Histogram",
    "Layout",
    "LayoutError",
    "Leaf",
    "Moments",
    "NonFiniteError",
    "RunningStats",
    "StatsFileError",
]


class LayoutError(ValueError):
    """Statistics have another layout than needed; the message names both."""


class NonFiniteError(ValueError):
    """A NaN or infinite value reached the statistics; they are unchanged."""


class RunningStats:
    """Count, mean, variance and standard deviation of every array of a nest, over all samples so far.

    Args:
        layout: which arrays; ``Layout.array((4,))`` for one plain array of four components.

    ``count``, ``mean``, ``var`` and ``std`` are arrays for a plain array and nested like the space otherwise.
    Torch tensors are accepted wherever samples are.

    >>> stats = RunningStats(Layout.array((2,)))
    >>> stats.update([[0.0, 1.0], [2.0, 1.0]])
    >>> int(stats.count), stats.mean.tolist(), stats.std.tolist()
    (2, [1.0, 1.0], [1.0, 0.0])
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.moments = tuple(Moments(leaf.stat_shape) for leaf in layout.leaves)
        self.extra: dict[str, npt.NDArray[Any]] = {}

    # -- reading -----------------------------------------------------------------------------------

    @property
    def count(self) -> Any:
        """Number of samples (observations, not elements) counted so far."""
        return self._nest([np.int64(m.state.n // leaf.per_sample) for leaf, m in self.pairs()])

    @property
    def component_count(self) -> Any:
        """Number of values in each statistic: below ``count`` if values were left out, above if pooled."""
        return self._nest([m.component_counts for m in self.moments])

    @property
    def mean(self) -> Any:
        """Mean of each component."""
        return self._nest([m.mean for m in self.moments])

    @property
    def var(self) -> Any:
        """Variance of each component (the population's: divided by the count)."""
        return self._nest([m.var for m in self.moments])

    @property
    def std(self) -> Any:
        """Standard deviation of each component."""
        return self._nest([m.std for m in self.moments])

    def pairs(self) -> list[tuple[Leaf, Moments]]:
        """Each leaf with its moments."""
        return list(zip(self.layout.leaves, self.moments, strict=True))

    def _nest(self, values: list[Any]) -> Any:
        return self.layout.nest(values)

    def __str__(self) -> str:
        lines = [f"{self.layout.quantity}: {sum(m.size for m in self.moments)} components"]
        for leaf, moments in self.pairs():
            lines.append(
                f"{self.layout.called(leaf)} {leaf.shape}: {moments.state.n // leaf.per_sample} samples"
            )
            with np.printoptions(precision=6, threshold=12, edgeitems=3):
                lines += [f"  mean {moments.mean}", f"  std  {moments.std}"]
        return "\n".join(lines)

    def draw(self, axes: Any = None) -> Any:
        """Draw mean and standard deviation of each component as error bars; returns the Matplotlib axes."""
        from rlprobe.stats.plot import draw

        return draw(self.pairs(), axes)

    # -- adding ------------------------------------------------------------------------------------

    def update(self, batch: Any, *, on_nonfinite: str = "raise") -> None:
        """Count every sample of ``batch`` once; its arrays have a leading batch axis.

        Args:
            batch: an array of shape ``(n, *shape)``, nested like the layout.
            on_nonfinite: ``"raise"``, or ``"skip"`` to leave NaN and infinite values out.

        Raises:
            NonFiniteError: names the component and the row; nothing of the batch has been counted.
            ValueError: a shape does not fit.
        """
        skip = check_on_nonfinite(on_nonfinite) == "skip"
        arrays = [as_array(part) for part in self.layout.flatten(batch)]
        before = [m.copy().state for m in self.moments]
        try:
            for (leaf, moments), array in zip(self.pairs(), arrays, strict=True):
                moments.add_rows(as_rows(leaf, array), skip_nonfinite=skip)
        except (FoundNonFiniteError, ValueError) as error:
            for moments, old in zip(self.moments, before, strict=True):
                moments.restore(old)
            if isinstance(error, FoundNonFiniteError):
                name = leaf.component(error.component)
                raise NonFiniteError(
                    f"{name} is {error.value} in row {error.row}; nothing was counted"
                ) from None
            raise

    # -- combining ---------------------------------------------------------------------------------

    def merge(self, other: RunningStats) -> Self:
        """Count everything ``other`` has counted, as if one worker had seen both streams; returns self."""
        self.require(other.layout)
        for mine, theirs in zip(self.moments, other.moments, strict=True):
            mine.merge(theirs)
        return self

    def delta_since(self, snapshot: RunningStats) -> RunningStats:
        """The statistics of what was counted after ``snapshot``, an earlier ``copy()`` of these."""
        self.require(snapshot.layout)
        delta = RunningStats(self.layout)
        pairs = zip(self.moments, snapshot.moments, strict=True)
        delta.moments = tuple(mine.delta_since(theirs) for mine, theirs in pairs)
        return delta

    def copy(self) -> RunningStats:
        """An independent copy."""
        twin = RunningStats(self.layout)
        twin.moments = tuple(m.copy() for m in self.moments)
        twin.extra = {name: array.copy() for name, array in self.extra.items()}
        return twin

    def require(self, layout: Layout) -> None:
        """Refuse statistics of another layout.

        Raises:
            LayoutError: names both layouts and the first difference.
        """
        found = difference(self.layout, layout)
        if found is not None:
            raise LayoutError(
                f"expected statistics of [{self.layout}], got statistics of [{layout}]; they differ in "
                f"{found}: use statistics that were collected from the same space"
            )

    # -- state -------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, npt.NDArray[Any]]:
        """Everything needed to continue, as named arrays."""
        state = {f"extra.{name}": array.copy() for name, array in self.extra.items()}
        for index, moments in enumerate(self.moments):
            state |= {f"{index}.{name}": array for name, array in moments.state_dict().items()}
        return state

    def load_state_dict(self, state: Mapping[str, npt.ArrayLike]) -> None:
        """Take over what ``state_dict`` returned; on an error nothing is changed."""
        loaded = [Moments(m.shape) for m in self.moments]
        for index, moments in enumerate(loaded):
            prefix = f"{index}."
            part = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
            try:
                moments.load_state_dict(part)
            except KeyError as error:
                raise LayoutError(
                    f"expected the entry '{prefix}{error.args[0]}' in the state, it is missing"
                ) from None
        for mine, new in zip(self.moments, loaded, strict=True):
            mine.restore(new.state)
        self.extra = {
            k.removeprefix("extra."): np.array(v) for k, v in state.items() if k.startswith("extra.")
        }

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write to ``path`` (an ``.npz`` without pickled objects), all or nothing even at a crash."""
        stats_file.write(path, self.layout, self.state_dict())

    def load(self, path: str | os.PathLike[str]) -> None:
        """Take over the statistics in ``path``.

        Raises:
            StatsFileError: the file is damaged, cut off or of another kind.
            LayoutError: it contains statistics of another layout; both are named.
        """
        layout, state = stats_file.read(path)
        self.require(layout)
        self._load_checked(path, state)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> RunningStats:
        """The statistics in ``path``, whatever their layout."""
        layout, state = stats_file.read(path)
        stats = cls(layout)
        stats._load_checked(path, state)
        return stats

    def _load_checked(self, path: str | os.PathLike[str], state: Mapping[str, npt.ArrayLike]) -> None:
        try:
            self.load_state_dict(state)
        except (ValueError, TypeError) as error:
            raise StatsFileError(f"{str(path)!r} is damaged: {error}") from error


def check_on_nonfinite(value: str) -> str:
    """``value`` if it is ``"raise"`` or ``"skip"``.

    Raises:
        ValueError: anything else.
    """
    if value not in ("raise", "skip"):
        raise ValueError(f"expected on_nonfinite='raise' or 'skip', got {value!r}")
    return value
