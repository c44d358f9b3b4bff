"""Which keys do what, as a player reads it: the keys of one meaning together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

if TYPE_CHECKING:
    from collections.abc import Sequence

    import gymnasium as gym

    from rlprobe.player.keys.binding import Binding, KeyMap

Combination = tuple[str, ...]


@dataclass(frozen=True)
class Hint:
    """Keys and what they do.

    Args:
        keys: each an alternative; more than one key in it must be held together.
        words: what they do.
        action: the action that they choose, where it is one; for showing which was taken last.
    """

    keys: tuple[Combination, ...]
    words: str
    action: int | None = None


def hints(keymap: KeyMap, env: gym.Env[Any, Any], names: Sequence[str]) -> list[Hint]:
    """A hint for every meaning: all keys of a choice together, and the two keys of a number as a pair."""
    space = env.action_space
    if isinstance(space, spaces.Discrete):
        return _choices(keymap, space, names)
    if isinstance(space, spaces.Box):
        return _numbers(keymap, names)
    return [Hint((_keys(binding),), binding.label) for binding in keymap.bindings]


def idle(keymap: KeyMap, names: Sequence[str], start: int = 0) -> str:
    """What no key does."""
    from rlprobe.player.screen.meanings import in_words

    return in_words(keymap.noop, names, start)


def _keys(binding: Binding) -> Combination:
    return tuple(sorted(binding.keys, key=lambda key: (len(key) == 1, key)))


def _choices(keymap: KeyMap, space: spaces.Discrete, names: Sequence[str]) -> list[Hint]:
    found: dict[int, list[Combination]] = {}
    for binding in keymap.bindings:
        found.setdefault(int(binding.apply(keymap.noop)), []).append(_keys(binding))
    start = int(space.start)
    return [
        Hint(tuple(keys), names[action - start] if names else f"action {action}", action)
        for action, keys in sorted(found.items())
    ]


def _numbers(keymap: KeyMap, names: Sequence[str]) -> list[Hint]:
    """Bindings that move one component stand together; those that move several keep their own words."""
    noop = np.asarray(keymap.noop, np.float64)
    pairs: dict[int, list[tuple[Combination, float]]] = {}
    others = []
    for binding in keymap.bindings:
        action = np.asarray(binding.apply(keymap.noop), np.float64)
        moved = np.flatnonzero(action.reshape(-1) != noop.reshape(-1))
        if len(moved) == 1:
            pairs.setdefault(int(moved[0]), []).append((_keys(binding), float(action.reshape(-1)[moved[0]])))
        else:
            others.append(Hint((_keys(binding),), binding.label))
    made = []
    for component, bound in sorted(pairs.items()):
        name = names[component] if names else f"action[{component}]"
        values = " / ".join(f"{value:.3g}" for _, value in bound)
        made.append(Hint(tuple(keys for keys, _ in bound), f"{name} {values}"))
    return made + others
