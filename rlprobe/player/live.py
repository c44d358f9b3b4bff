"""A game on a window, one decision per decision of the agent."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from rlprobe.player.game import Game
    from rlprobe.player.keys.binding import KeyMap
    from rlprobe.player.keys.controls import Controls
    from rlprobe.player.screen import Screen
    from rlprobe.view.canvas import Picture

KEY_WAIT_S = 0.05
RESIZED = "resized"
"""Stands among the keys when the window has a new size."""
REST_S = 1.0
"""Seconds for which the terminal picture stays."""


class Display(Protocol):
    """Where pictures go and keys come from."""

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels; None where pictures of any size are taken."""

    def show(self, picture: Picture, /) -> None:
        """Show a picture now."""

    def events(self, seconds: float, /) -> list[tuple[str, bool]]:
        """Wait up to ``seconds`` for keys, pressed (True) or released (False); ``RESIZED`` for a new size."""


class Nowhere:
    """No display yet."""

    size = None

    def show(self, _: Picture) -> None:
        """Show nothing."""

    def events(self, _: float) -> list[tuple[str, bool]]:
        """End the game at once."""
        return [("escape", True)]


@dataclass
class Live:
    """A running game with its window, clock and optional film.

    Args:
        game: what is played.
        screen: draws it.
        keymap: from keys to actions.
        controls: what the player wants.
        rate: decisions per second at speed 1.
        film: is given every picture that follows a decision.
        display: the window.
        clock: seconds.
    """

    game: Game
    screen: Screen
    keymap: KeyMap
    controls: Controls
    rate: Fraction
    film: Callable[[Picture], None] | None = None
    display: Display = field(default_factory=Nowhere)
    clock: Callable[[], float] = time.perf_counter
    decided: int = 0
    lasted: float = 0.0
    last: float | None = None
    camera_seen: bool = False
    _action: Any = None

    @property
    def reached(self) -> float | None:
        """Decisions per second that were reached while time ran."""
        return self.decided / self.lasted if self.lasted else None

    def run(self, episodes: int | None) -> None:
        """Play until the player ends it or ``episodes`` are finished."""
        self._show(None, film=True)
        due = self.clock()
        while not self.controls.ended:
            due = self._wait(due)
            if self.controls.restart:
                due = self._restart()
            elif self.controls.ended or self._decide():
                if self.controls.ended or len(self.game.finished) == episodes:
                    return
                self._rest()
                due = self._restart()

    def _wait(self, since: float) -> float:
        """Handle keys until the next decision is due; returns when that was."""
        while not (self.controls.ended or self.controls.restart):
            if self.controls.waiting:
                if self.controls.due_by_key():
                    return self.clock()
                self._keys(KEY_WAIT_S)
                since = self.clock()
                continue
            due = since + 1 / (float(self.rate) * self.controls.speed)
            left = due - self.clock()
            if left <= 0:
                self._measure()
                return due if left > -(due - since) else self.clock()
            self._keys(left)
        return self.clock()

    def _measure(self) -> None:
        """Count a timed decision and the time since the one before it."""
        now = self.clock()
        if self.last is not None:
            self.lasted += now - self.last
            self.decided += 1
        self.last = now

    def _keys(self, seconds: float) -> None:
        for key, down in self.display.events(seconds):
            if key == RESIZED:
                self.controls.changed = True
            elif down:
                self.controls.press(key)
            else:
                self.controls.release(key)
        if self.controls.changed:
            self.controls.changed = False
            self.last = None
            self._show(None)

    def _decide(self) -> bool:
        """One decision; whether it ended the episode."""
        action = self.keymap.action(self.controls.take())
        self.game.decide(action)
        self._show(action, film=True)
        return self.game.now.over

    def _rest(self) -> None:
        until = self.clock() + REST_S / self.controls.speed
        while not self.controls.ended and (left := until - self.clock()) > 0:
            self._keys(left)

    def _restart(self) -> float:
        self.controls.restart = False
        self.controls.due_by_key()
        self.controls.take()
        self.game.restart()
        self.last = None
        self._show(None, film=True)
        return self.clock()

    def _show(self, action: Any, *, film: bool = False) -> None:
        controls, screen = self.controls, self.screen
        if film:
            self._action = action
        screen.show_camera(shown=controls.camera)
        self.camera_seen |= screen.camera
        screen.fit(self.display.size)
        picture = screen.draw(
            self.game, self._action, speed=controls.speed, note=controls.note(), manual=controls.help
        )
        self.display.show(picture)
        if film and self.film is not None:
            self.film(picture)
