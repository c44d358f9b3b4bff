"""A mapping of keys of the user's own, checked before the game starts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlprobe.player.keys.binding import Binding, KeyMap, always
from rlprobe.player.keys.key_names import CONTROLS, combination
from rlprobe.player.keys.named_by_env import table_of
from rlprobe.player.keys.noop import noop_for
from rlprobe.player.keys.values import to_action

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    import gymnasium as gym


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


def own_keys(env: gym.Env[Any, Any], table: Mapping[Any, Any]) -> KeyMap:
    """Keys as the user wants them: ``{"left": 0, "left+up": 2, "noop": 1}``; arrays as lists.

    Every form of Gymnasium's ``play(keys_to_action=...)`` is taken too: characters, tuples, codes.

    Raises:
        ValueError: an unknown key, one that the game itself uses, or an action outside the space.
    """
    rest = table_of(table)
    noop = to_action(env.action_space, rest.pop("noop"), "noop") if "noop" in rest else noop_for(env)
    bindings = []
    for keys, value in rest.items():
        held = combination(keys)
        for key in sorted(held & CONTROLS.keys()):
            raise ValueError(f"the key {key!r} is taken: it means {CONTROLS[key]!r}")
        action = to_action(env.action_space, value, str(keys))
        bindings.append(Binding(held, str(value), always(action)))
    return KeyMap(noop, bindings)
