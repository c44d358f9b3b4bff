"""The layout of statistics: which arrays they belong to, with shape and key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from rlprobe.stats.leaf import Leaf

Skeleton: TypeAlias = "int | dict[str, Any] | tuple[Any, ...] | None"
"""The nesting of a space with the index of its array at each leaf, or None where it is left alone."""


@dataclass(frozen=True)
class Layout:
    """The leaves of a space, how they nest, and which quantity they hold (observations or returns)."""

    leaves: tuple[Leaf, ...]
    skeleton: Skeleton = 0
    quantity: str = "observation"

    @classmethod
    def array(cls, shape: tuple[int, ...], *, quantity: str = "observation") -> Layout:
        """The layout of one plain array."""
        return cls((Leaf(shape=tuple(shape)),), quantity=quantity)

    def called(self, leaf: Leaf) -> str:
        """The label of ``leaf``; of a plain array, the quantity: rewards are no observations."""
        return leaf.label if leaf.path else self.quantity

    def nest(self, values: list[Any] | tuple[Any, ...]) -> Any:
        """``values``, one per leaf, nested like the space; None where the space is left alone."""
        return _replace(self.skeleton, self.skeleton, values)

    def flatten(self, nested: Any) -> list[Any]:
        """The value of each leaf of ``nested``, in order of the leaves.

        Raises:
            ValueError: ``nested`` has no such place; names it and what is there.
        """
        found: list[Any] = [None] * len(self.leaves)
        _flatten(self.skeleton, nested, found, ())
        return found

    def replace(self, nested: Any, values: list[Any]) -> Any:
        """``nested`` with the leaves exchanged for ``values`` and everything else as it is."""
        return _replace(self.skeleton, nested, values)

    def __str__(self) -> str:
        arrays = ", ".join(f"{self.called(leaf)} {leaf.shape} {leaf.dtype}" for leaf in self.leaves)
        return f"{self.quantity}: {arrays or 'no arrays'}"


def _flatten(skeleton: Skeleton, nested: Any, found: list[Any], path: tuple[str, ...]) -> None:
    if isinstance(skeleton, int):
        found[skeleton] = nested
    elif isinstance(skeleton, (dict, tuple)):
        items = skeleton.items() if isinstance(skeleton, dict) else enumerate(skeleton)
        for key, item in items:
            if item is None:
                continue
            try:
                part = nested[key]
            except (KeyError, IndexError, TypeError):
                raise _nothing_there(skeleton, nested, (*path, str(key))) from None
            if type(item) is int:  # the most frequent case, without a call
                found[item] = part
            else:
                _flatten(item, part, found, (*path, str(key)))


def _nothing_there(skeleton: Skeleton, nested: Any, path: tuple[str, ...]) -> ValueError:
    if isinstance(nested, (dict, tuple, list)):
        held = f"keys {sorted(map(str, nested))}" if isinstance(nested, dict) else f"{len(nested)} entries"
        got = f"a {type(nested).__name__} with {held}"
    else:
        got = f"{type(nested).__name__} of shape {np.shape(nested)}"
    kind = "key" if isinstance(skeleton, dict) else "position"
    where = f" within {'/'.join(path[:-1])!r}" if path[:-1] else ""
    return ValueError(
        f"the space declares the {kind} {path[-1]!r}{where}, but the observation has none: it is {got}. "
        "Correct the environment or its observation_space"
    )


def _replace(skeleton: Skeleton, nested: Any, values: Any) -> Any:
    if isinstance(skeleton, int):
        return values[skeleton]
    if isinstance(skeleton, dict):
        return {
            key: values[item] if type(item) is int else _replace(item, nested[key], values)
            for key, item in skeleton.items()
        }
    if isinstance(skeleton, tuple):
        return tuple(_replace(item, nested[position], values) for position, item in enumerate(skeleton))
    return nested
