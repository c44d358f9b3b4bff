"""The keys that an environment itself names, in every form that Gymnasium's ``play`` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.player.keys.binding import Binding, always
from rlprobe.player.keys.key_names import CONTROLS, combination
from rlprobe.player.keys.values import to_action

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import gymnasium as gym

IDLE_KEYS = ((), (0,), None, "", "noop")
"""What stands for no key at all."""


def keys_of(env: gym.Env[Any, Any], free: Iterable[str]) -> tuple[Any, list[Binding], list[str]]:
    """The idle action (None if not named), the bindings, and what could not be used, in words.

    A key of the game itself is not used; if nothing else leads to its action, the action gets a free key.

    Args:
        env: with ``get_keys_to_action``.
        free: keys to give instead, best first.
    """
    try:
        table = env.get_wrapper_attr("get_keys_to_action")()
        items = [(keys, action) for keys, action in table.items()]
    except Exception as error:  # noqa: BLE001 - the game can be played without these keys
        return (
            None,
            [],
            [f"get_keys_to_action() of the environment cannot be used ({type(error).__name__}: {error})"],
        )
    found: dict[frozenset[str], Any] = {}
    clashes: list[tuple[str, Any]] = []
    notes: list[str] = []
    idle = None
    for keys, value in items:
        try:
            action = to_action(env.action_space, value, str(keys))
            if _is_idle(keys):
                idle = action
                continue
            held = combination(keys)
        except ValueError as error:
            notes.append(str(error))
            continue
        taken = sorted(held & CONTROLS.keys())
        if taken:
            clashes.append((taken[0], action))
        else:
            found[held] = action
    notes += _moved(clashes, found, free)
    return idle, [Binding(held, str(action), always(action)) for held, action in found.items()], notes


def _is_idle(keys: Any) -> bool:
    return keys is None or (isinstance(keys, (tuple, str)) and keys in IDLE_KEYS)


def _moved(
    clashes: list[tuple[str, Any]], found: dict[frozenset[str], Any], free: Iterable[str]
) -> list[str]:
    """Give the actions of keys that the game needs another key where they have none; says so."""
    used = {key for held in found for key in held}
    spare = iter([key for key in free if key not in used])
    notes = []
    for key, action in clashes:
        why = f"the key {key!r} means {CONTROLS[key]!r} here"
        if any(str(action) == str(other) for other in found.values()):
            notes.append(f"{why}: its action {action} is on other keys")
        elif (instead := next(spare, None)) is not None:
            found[frozenset({instead})] = action
            notes.append(f"{why}: its action {action} is on {instead!r}")
        else:
            notes.append(f"{why}: its action {action} has no key")
    return notes


def table_of(table: Mapping[Any, Any]) -> dict[Any, Any]:
    """A copy of a user's own table without what stands for no key, which is put under ``"noop"``."""
    rest = {keys: action for keys, action in table.items() if not _is_idle(keys)}
    for keys, action in table.items():
        if _is_idle(keys):
            rest["noop"] = action
    return rest
