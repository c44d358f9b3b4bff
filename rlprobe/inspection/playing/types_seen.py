"""Wrong types, dtypes and shapes that were returned at any step, and where each came first."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rlprobe.inspection.place import Place

NUMBERS: Final = frozenset(
    {int, float, bool, np.float64, np.float32, np.float16, np.int64, np.int32, np.bool_}
)
"""Types of rewards that need no second look."""


@dataclass
class Seen:
    """One type of something.

    Args:
        what: ``"reward"``, or the label of an array of the observation.
        got: the type in words, such as ``"float64"`` or ``"ndarray of shape (2,)"``.
        declared: what the space declares; empty for rewards.
        place: where it was first.
        before: how many correct ones came before it.
        count: how often it was.
        grave: whether it is more than another precision.
    """

    what: str
    got: str
    declared: str
    place: Place
    before: int
    count: int = 0
    grave: bool = False


@dataclass
class TypesSeen:
    """All values of a wrong type. Correct types cost no time here."""

    found: dict[tuple[str, str], Seen] = field(default_factory=dict)

    def observation(self, label: str, declared: np.dtype[Any], value: Any, before: int, place: Place) -> None:
        """An array of the observation is not as declared.

        Args:
            label: of the array.
            declared: its dtype.
            value: the returned value.
            before: number of observations before it.
            place: seed and step.
        """
        got = str(value.dtype) if isinstance(value, np.ndarray) else type(value).__name__
        kind = np.asarray(value).dtype
        grave = not np.can_cast(kind, declared, "same_kind")
        self._add(Seen(label, got, str(declared), place, before, grave=grave))

    def rewards(self, rewards: Sequence[Any], before: int, place: Callable[[int], Place]) -> None:
        """Look at rewards as they came; ``place`` tells where the one with an index was."""
        if set(map(type, rewards)) <= NUMBERS:
            return
        for index, reward in enumerate(rewards):
            if type(reward) in NUMBERS:
                continue
            shape = np.shape(reward) if hasattr(reward, "__len__") or hasattr(reward, "shape") else ()
            if shape:
                several = int(np.prod(shape)) != 1
                got = f"{type(reward).__name__} of shape {tuple(shape)}"
                self._add(Seen("reward", got, "", place(index), before + index, grave=several))

    def _add(self, seen: Seen) -> None:
        known = self.found.setdefault((seen.what, seen.got), seen)
        known.count += 1
