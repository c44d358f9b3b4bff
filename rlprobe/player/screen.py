"""The whole screen of a game as one picture: what is seen, and the lines below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.environments.rendering import raw_picture
from rlprobe.player.keys.keymap import CONTROLS
from rlprobe.view.canvas import FAINT, MARK, TEXT, above, enlarge
from rlprobe.view.text import caption, width_of

if TYPE_CHECKING:
    from fractions import Fraction

    import gymnasium as gym

    from rlprobe.player.game import Game
    from rlprobe.player.keys.keymap import KeyMap
    from rlprobe.view.canvas import Picture

NARROWEST = 560


class Screen:
    """Draws a game; every picture has the size of the first.

    Args:
        env: whose ``render()`` is shown.
        keymap: for the legend.
        rate: decisions per second.
        zoom: enlargement of the rendered picture; 1 for what is enlarged already.
    """

    def __init__(self, env: gym.Env[Any, Any], keymap: KeyMap, rate: Fraction, zoom: int = 1) -> None:
        self._env, self._zoom, self._rate = env, zoom, rate
        controls = "  ".join(f"{key}: {what}" for key, what in CONTROLS.items())
        idle = f"no key: {_words(keymap.noop)}"
        self._words = f"{keymap.legend()}  {idle}", controls
        self._legend: list[Picture] | None = None

    def draw(self, game: Game, action: Any = None, *, speed: float = 1.0, note: str = "") -> Picture:
        """The present state of ``game``."""
        seen = enlarge(raw_picture(self._env), self._zoom)
        width = max(NARROWEST, seen.shape[1])
        if self._legend is None:
            self._legend = [
                caption(line, width, FAINT) for words in self._words for line in _wrap(words, width)
            ]
        now = game.now
        chosen = "-" if action is None else _words(action)
        score = f"episode {len(game.episodes)}   step {len(now.actions)}   return {now.total:.5g}"
        score += f"   action {chosen}"
        rate = f"{float(self._rate) * speed:.4g} decisions per second (speed x{speed:g})   {note}"
        status = [caption(score, width, TEXT), caption(rate, width, MARK if note else TEXT)]
        return above([seen, *status, *self._legend], 0)


def _words(action: Any) -> str:
    if isinstance(action, np.ndarray):
        return np.array2string(action, precision=2, separator=" ", threshold=6).replace("\n", "")
    return str(action)


def _wrap(words: str, width: int) -> list[str]:
    """Break at double spaces into lines that fit, so that no key is cut from its meaning."""
    lines = [""]
    for part in words.split("  "):
        longer = f"{lines[-1]}   {part}" if lines[-1] else part
        if lines[-1] and width_of(longer) > width - 8:
            lines.append(part)
        else:
            lines[-1] = longer
    return lines
