"""A game played from a script, without screen and clock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlprobe.player.keys.key_names import key_name

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from rlprobe.player.game import Game
    from rlprobe.player.keys.binding import KeyMap
    from rlprobe.player.screen import Screen
    from rlprobe.view.canvas import Picture

RESTART = "restart"
FIELDS = ("keys", "times")


def read_script(path: str | os.PathLike[str]) -> list[Any]:
    """The list in a JSON file.

    Raises:
        ValueError: it cannot be read, or is no list.
    """
    try:
        script = json.loads(Path(path).read_text())
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read the script {path}: {error}") from error
    if not isinstance(script, list):
        raise ValueError(f'{path}: expected a list such as ["left", "", ["left", "up"]]')  # noqa: TRY004
    return script


def decisions(script: Sequence[Any], keymap: KeyMap) -> list[list[str] | None]:
    """The keys held at each decision; None stands for a restart.

    Args:
        script: one entry per decision: ``""`` or ``[]`` for no key, ``"left"``, ``"left+up"``, ``["left",
            "up"]``, ``{"keys": "left", "times": 10}``, or ``"restart"``.
        keymap: the allowed keys.

    Raises:
        ValueError: an entry of another form, or a key that does nothing.
    """
    steps: list[list[str] | None] = []
    for place, entry in enumerate(script):
        if isinstance(entry, dict) and (unknown := [name for name in entry if name not in FIELDS]):
            raise ValueError(
                f"script entry {place}: unknown field {unknown[0]!r}; fields are {' and '.join(FIELDS)}, "
                f"got {entry!r}"
            )
        times = entry.get("times", 1) if isinstance(entry, dict) else 1
        held = entry.get("keys", []) if isinstance(entry, dict) else entry
        if held == RESTART:
            steps.append(None)
            continue
        if isinstance(held, str):
            held = [key for key in held.split("+") if key]
        whole = isinstance(times, int) and not isinstance(times, bool) and times >= 0
        if not isinstance(held, list) or not whole:
            raise ValueError(
                f"script entry {place}: expected keys such as 'left' or ['left', 'up'], got {entry!r}"
            )
        held = [_spelled(key) for key in held]
        if unknown := [key for key in held if key not in keymap.keys]:
            raise ValueError(
                f"script entry {place}: unknown key {unknown[0]!r}; keys are {sorted(keymap.keys)}"
            )
        steps += [held] * times
    return steps


def _spelled(key: Any) -> Any:
    """The key in the spelling of the map; anything else unchanged."""
    try:
        return key_name(key)
    except ValueError:
        return key


def play_script(
    game: Game,
    keymap: KeyMap,
    steps: Sequence[list[str] | None],
    screen: Screen,
    *,
    film: Callable[[Picture], None] | None,
    episodes: int | None,
) -> None:
    """Take the scripted decisions; a finished episode is followed by the next one."""

    def show(action: Any) -> None:
        if film is not None:
            film(screen.draw(game, action))

    show(None)
    for held in steps:
        if game.now.over and episodes is not None and len(game.finished) >= episodes:
            return
        if game.now.over or held is None:
            game.restart()
            show(None)
        if held is not None:
            action = keymap.action(held)
            game.decide(action)
            show(action)
