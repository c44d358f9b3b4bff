"""What two layouts of statistics differ in, as text for messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rlprobe.stats.layout import Layout

MOST_SHOWN: Final = 200
"""Longer values are cut off after so many characters."""


def difference(mine: Layout, other: Layout) -> str | None:
    """The first difference between two layouts; None if they are the same.

    >>> from rlprobe.stats import Layout
    >>> difference(Layout.array((2,)), Layout.array((3,)))
    "shape of 'observation': (2,) against (3,)"
    """
    if mine == other:
        return None
    if mine.quantity != other.quantity:
        return f"one is of {mine.quantity!r}, the other of {other.quantity!r}"
    if [leaf.path for leaf in mine.leaves] != [leaf.path for leaf in other.leaves]:
        labels = [[leaf.label for leaf in layout.leaves] for layout in (mine, other)]
        return f"keys {labels[0]} against {labels[1]}"
    for leaf, theirs in zip(mine.leaves, other.leaves, strict=True):
        for field in ("shape", "dtype", "pooled", "names", "low", "high"):
            ours, others = getattr(leaf, field), getattr(theirs, field)
            if ours != others:
                return f"{field} of {mine.called(leaf)!r}: {_short(ours)} against {_short(others)}"
    return f"nesting {mine.skeleton} against {other.skeleton}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "..."
