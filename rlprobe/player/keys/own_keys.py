"""A mapping of keys of the user's own, checked before the game starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from rlprobe.player.keys.keymap import CONTROLS, Binding, KeyMap
from rlprobe.player.keys.noop import noop_for

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import gymnasium as gym

_ARROWS = ("left", "right", "up", "down", "home", "end", "insert", "delete")
_OTHERS = ("space", "return", "tab", "backspace")
_SIDES = tuple(f"{side}-{key}" for side in ("left", "right") for key in ("shift", "ctrl", "alt"))
NAMED_KEYS = frozenset((*_ARROWS, *_OTHERS, *_SIDES, *(f"f{i}" for i in range(1, 13))))
PRINTABLE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789`-=[]\\;',./")


def read_keys(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The mapping in a JSON file.

    Raises:
        ValueError: it cannot be read, or is no JSON object.
    """
    try:
        table = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read the keys in {path}: {error}") from error
    if not isinstance(table, dict):
        raise ValueError(f'{path}: expected an object such as {{"left": 0, "right": 1}}')  # noqa: TRY004
    return table


def own_keys(env: gym.Env[Any, Any], table: Mapping[str, Any]) -> KeyMap:
    """Keys as the user wants them: ``{"left": 0, "left+up": 2, "noop": 1}``; arrays as lists.

    Raises:
        ValueError: an unknown key, one that the game itself uses, or an action outside the space.
    """
    rest = dict(table)
    noop = to_action(env.action_space, rest.pop("noop"), "noop") if "noop" in rest else noop_for(env)
    bindings = []
    for combination, value in rest.items():
        keys = frozenset(check_key(key) for key in combination.split("+"))
        action = to_action(env.action_space, value, combination)
        bindings.append(Binding(keys, str(value), lambda _, action=action: action))  # type: ignore[misc]
    return KeyMap(noop, bindings)


def check_key(name: str) -> str:
    """A key's name in the spelling used here.

    Raises:
        ValueError: unknown, or used by the game itself.
    """
    key = name.strip().lower().replace(" ", "-")
    if key in CONTROLS:
        raise ValueError(f"the key {name!r} is taken: it means {CONTROLS[key]!r}")
    if key not in NAMED_KEYS and key not in PRINTABLE:
        raise ValueError(
            f"unknown key {name!r}: expected a letter, a digit, or one of {', '.join(sorted(NAMED_KEYS))}"
        )
    return key


def to_action(space: spaces.Space[Any], value: Any, key: str) -> Any:
    """A JSON value as an action of ``space``.

    Raises:
        ValueError: it lies outside the space.
    """
    try:
        action = _shaped(space, value)
        inside = bool(space.contains(action))
    except (TypeError, ValueError, KeyError, IndexError):
        inside = False
    if not inside:
        raise ValueError(f"the action {value!r} of key {key!r} lies outside {space}")
    return action


def _shaped(space: spaces.Space[Any], value: Any) -> Any:
    if isinstance(space, spaces.Dict):
        return {name: _shaped(part, value[name]) for name, part in space.spaces.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(_shaped(part, value[i]) for i, part in enumerate(space.spaces))
    if isinstance(space, spaces.Discrete):
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    return np.array(value, space.dtype)
