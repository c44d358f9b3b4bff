"""Keys for any action space, and their legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from rlprobe.environments.names import family_of
from rlprobe.player.keys.binding import Binding, KeyMap, always
from rlprobe.player.keys.key_names import CONTROLS
from rlprobe.player.keys.named_by_env import keys_of
from rlprobe.player.keys.noop import noop_for

if TYPE_CHECKING:
    from collections.abc import Callable

    import gymnasium as gym

UNBOUNDED = 1e6
DIGITS = "0123456789"
PAIRS = (
    ("left", "right"),
    ("down", "up"),
    ("a", "d"),
    ("s", "w"),
    ("f", "h"),
    ("g", "t"),
    ("j", "l"),
    ("k", "i"),
    ("q", "e"),
    ("y", "u"),
    ("z", "x"),
    ("c", "v"),
    ("b", "m"),
    *((str(i), str(i + 1)) for i in range(1, 9, 2)),
    ("9", "0"),
)
"""Keys that lower and raise a number, per dimension."""
POOL = (*DIGITS, *(letter for letter in "qwertyuiopasdfghjklzxcvbnm" if letter not in CONTROLS))
ARROWS = {
    2: {"left": 0, "right": 1},
    3: {"left": 0, "down": 1, "right": 2},
    4: {"left": 0, "down": 1, "right": 2, "up": 3},
}
"""Arrow keys of a choice of 2, 3 or 4, for environments without their own."""
OWN_ARROWS = {
    "LunarLander": {"left": 1, "up": 2, "right": 3},
    "Taxi": {"down": 0, "up": 1, "right": 2, "left": 3},
    "CliffWalking": {"up": 0, "right": 1, "down": 2, "left": 3},
    "CarRacing": {"right": 1, "left": 2, "up": 3, "down": 4},
}


def default_keys(env: gym.Env[Any, Any], strength: float = 1.0) -> KeyMap:
    """Keys for any action space: digits and arrows for choices, a pair per dimension for numbers.

    Args:
        env: whose ``get_keys_to_action()`` is used where it has one.
        strength: share of the way from idle to the bound that a held key goes, for Box actions.

    Returns:
        The map; its ``notes`` say which keys of the environment could not be used, and what has no key.

    Raises:
        ValueError: the space cannot be played with keys.
    """
    noop = noop_for(env)
    space = env.action_space
    notes: list[str] = []
    if env.has_wrapper_attr("get_keys_to_action"):
        idle, named, notes = keys_of(env, POOL)
        if named:
            return KeyMap(noop if idle is None else idle, named, notes)
    board = Keyboard()
    bindings = (
        _choice(env, space, board)
        if isinstance(space, spaces.Discrete)
        else _bindings(Place(space, noop, strength), board)
    )
    return KeyMap(noop, bindings, [*notes, *board.note()])


def _choice(env: gym.Env[Any, Any], space: spaces.Discrete, board: Keyboard) -> list[Binding]:
    name = family_of(env)
    start, count = int(space.start), int(space.n)
    meanings: list[str] = getattr(env.unwrapped, "get_action_meanings", list)()
    labels = [str(start + i) + (f" {meanings[i]}" if i < len(meanings) else "") for i in range(count)]
    arrows = OWN_ARROWS.get(name) or ARROWS.get(count) or {}
    table = {key: i for key, i in arrows.items() if i < count}
    table |= {key: i for i, key in enumerate(POOL[:count])}
    board.without += [labels[i] for i in range(len(POOL), count)]
    return [Binding(frozenset({key}), labels[i], always(start + i)) for key, i in table.items()]


@dataclass(frozen=True)
class Place:
    """A part of the action space: where it lies, its idle value, and what a held key asks for."""

    space: spaces.Space[Any]
    noop: Any
    strength: float
    path: tuple[Any, ...] = ()

    def part(self, key: Any, space: spaces.Space[Any]) -> Place:
        """The place of one part of a Dict or Tuple."""
        return Place(space, self.noop[key], self.strength, (*self.path, key))

    def where(self, index: tuple[int, ...]) -> str:
        """The name of what lies at ``index``."""
        return ".".join(map(str, self.path)) + (str(list(index)) if index else "")

    def binding(self, key: str, index: tuple[int, ...], value: Any) -> Binding:
        """A key that puts ``value`` at ``index`` of this place."""
        return Binding(frozenset({key}), f"{self.where(index)}={value:.3g}", _set(self.path, index, value))


class Keyboard:
    """Keys that are still free, single ones and pairs."""

    def __init__(self) -> None:
        self._single, self._pairs = list(POOL), list(PAIRS)
        self.without: list[str] = []
        """What got no key."""

    def note(self) -> list[str]:
        """One sentence about what got no key, if anything did."""
        if not self.without:
            return []
        few = ", ".join(self.without[:6]) + (f", ... {self.without[-1]}" if len(self.without) > 6 else "")
        table = '{"left": ACTION, "left+up": ACTION, "noop": ACTION}'
        how = f"Give your own with --keys FILE (keys=), a JSON table such as {table}"
        return [f"{len(self.without)} of the actions have no key: {few}. {how}"]

    def single(self) -> str | None:
        """The next free key, if any."""
        if not self._single:
            return None
        key: str = self._single.pop(0)
        self._pairs = [pair for pair in self._pairs if key not in pair]
        return key

    def pair(self) -> tuple[str, str] | None:
        """The next free pair of a lowering and a raising key, if any."""
        if not self._pairs:
            return None
        lower, upper = self._pairs.pop(0)
        self._single = [key for key in self._single if key not in {lower, upper}]
        return lower, upper


def _bindings(place: Place, board: Keyboard) -> list[Binding]:
    """Bindings of a place and its parts, each taking its keys from what is left."""
    space = place.space
    if isinstance(space, spaces.Dict):
        return [b for key, part in space.spaces.items() for b in _bindings(place.part(key, part), board)]
    if isinstance(space, spaces.Tuple):
        return [b for i, part in enumerate(space.spaces) for b in _bindings(place.part(i, part), board)]
    if isinstance(space, spaces.Box):
        return _numbers(place, space, board)
    made = []
    for index, value in _options(place):
        if (key := board.single()) is not None:
            made.append(place.binding(key, index, value))
        else:
            board.without.append(f"{place.where(index)}={value}")
    return made


def _options(place: Place) -> list[tuple[tuple[int, ...], int]]:
    """Every choice of a discrete place as index and value, idle ones of several choices left out."""
    space, noop = place.space, place.noop
    if isinstance(space, spaces.Discrete):
        return [((), value) for value in range(int(space.start), int(space.start + space.n))]
    counts = getattr(space, "nvec", np.full(noop.shape, 2))
    return [
        (index, int(noop[index]) + step)
        for index in np.ndindex(noop.shape)
        for step in range(1, int(counts[index]))
    ]


def _numbers(place: Place, space: spaces.Box, board: Keyboard) -> list[Binding]:
    made = []
    for index in np.ndindex(*space.shape):
        if (pair := board.pair()) is None:
            board.without.append(place.where(index))
            continue
        idle = float(place.noop[index])
        for key, bound, sign in zip(pair, (space.low[index], space.high[index]), (-1, 1), strict=True):
            end = float(bound) if abs(bound) < UNBOUNDED else idle + sign
            value = idle + place.strength * (end - idle)
            if value != idle:
                made.append(place.binding(key, index, value))
    return made


def _set(path: tuple[Any, ...], index: tuple[int, ...], value: Any) -> Callable[[Any], Any]:
    """A function that puts ``value`` at ``path`` (and ``index`` of the array there) into an action."""

    def put(action: Any) -> Any:
        if not path:
            return _replaced(action, index, value)
        return _nested(action, path, index, value)

    return put


def _replaced(part: Any, index: tuple[int, ...], value: Any) -> Any:
    if not isinstance(part, np.ndarray):
        return value
    part = part.copy()
    part[index] = value
    return part


def _nested(action: Any, path: tuple[Any, ...], index: tuple[int, ...], value: Any) -> Any:
    if not path:
        return _replaced(action, index, value)
    changed = _nested(action[path[0]], path[1:], index, value)
    if isinstance(action, tuple):
        return tuple(changed if i == path[0] else part for i, part in enumerate(action))
    return {**action, path[0]: changed}
