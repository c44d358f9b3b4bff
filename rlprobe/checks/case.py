"""A case: the numbers that a function is tried on, in one canonical form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Case:
    """Numbers of one trial, and whatever follows from them, read as attributes.

    Args:
        data: the numbers; arrays lead with time and environment, or with the rows of a batch.
        axes: the axes of each array, one letter each: ``T`` time, ``N`` environments, ``B`` rows of a batch,
            ``A`` actions, ``K`` atoms, ``D`` components. A value without an entry is no array.
        derived: what follows from the numbers, computed when it is asked for.
        tag: the kind of case, in words.

    >>> case = Case({"x": np.arange(3.0)}, {"x": "B"}, {"twice": lambda c: 2 * c.x}, "three rows")
    >>> case.twice.tolist(), case.sizes["B"], case.take("B", [0]).x.tolist()
    ([0.0, 2.0, 4.0], 3, [0.0])
    """

    def __init__(
        self,
        data: Mapping[str, Any],
        axes: Mapping[str, str],
        derived: Mapping[str, Callable[[Case], Any]],
        tag: str,
    ) -> None:
        self.data, self.axes, self.derived, self.tag = dict(data), axes, derived, tag
        self.sizes = self._sizes()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in self.data:
            return self.data[name]
        if name in self.derived:
            return self.derived[name](self)
        raise AttributeError(f"a case has no {name!r}; it has {', '.join([*self.data, *self.derived])}")

    def _sizes(self) -> dict[str, int]:
        """The length of each axis: ``S`` is one more than ``T``, ``C`` twice ``B``, ``W`` counts windows."""
        found: dict[str, int] = {}
        for name, letters in self.axes.items():
            if name in self.data:
                found |= dict(zip(letters, np.shape(self.data[name]), strict=True))
        if "k" in self.data:
            found["K"] = int(self.data["k"])
        if "B" in found:
            found["C"] = 2 * found["B"]
        if "T" in found:
            found["S"] = found["T"] + 1
            found["W"] = max(found["T"] - int(self.data.get("n", 1)) + 1, 0)
        return found

    @property
    def size(self) -> int:
        """How many numbers it holds: the smaller, the easier to read."""
        return sum(np.size(self.data[name]) for name in self.axes if name in self.data)

    def change(self, **data: Any) -> Case:
        """The same case with other numbers."""
        return Case({**self.data, **data}, self.axes, self.derived, self.tag)

    def take(self, letter: str, rows: Any) -> Case:
        """The case restricted to some indices of one axis."""
        picked = {
            name: np.take(self.data[name], rows, axis=letters.index(letter))
            for name, letters in self.axes.items()
            if letter in letters and name in self.data
        }
        return self.change(**picked)
