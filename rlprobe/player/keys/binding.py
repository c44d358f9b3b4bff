"""Held keys and what they do to the action."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence


@dataclass(frozen=True)
class Binding:
    """Keys that must be held together, and what they do to the action."""

    keys: frozenset[str]
    label: str
    apply: Callable[[Any], Any]


def always(action: Any) -> Callable[[Any], Any]:
    """A function that puts ``action`` in the place of any other."""
    return lambda _: deepcopy(action)


class KeyMap:
    """Maps held keys to an action of the action space.

    If several bindings are held, those with more keys win. Bindings with equally many keys act together, so
    that every dimension of a Box can have its own keys.

    Args:
        noop: the action without any key.
        bindings: the keys and what they do.
        notes: sentences on keys that could not be used and actions without a key.
    """

    def __init__(self, noop: Any, bindings: list[Binding], notes: Sequence[str] = ()) -> None:
        self.noop, self.bindings, self.notes = noop, bindings, tuple(notes)
        self.keys = frozenset(key for binding in bindings for key in binding.keys)

    def action(self, held: Collection[str]) -> Any:
        """The action of the held keys, applied in the order they were pressed; without keys, the no-op."""
        order = {key: place for place, key in enumerate(held)}
        active = [b for b in self.bindings if b.keys <= order.keys()]
        active = [b for b in active if not any(b.keys < other.keys for other in active)]
        action = deepcopy(self.noop)
        for binding in sorted(active, key=lambda b: max(order[key] for key in b.keys)):
            action = binding.apply(action)
        return action

    def legend(self) -> str:
        """One line: every key and what it does, and what has no key."""
        lines = [f"{'+'.join(sorted(b.keys))}: {b.label}" for b in self.bindings]
        return "  ".join([*lines, *(f"({note})" for note in self.notes)])
