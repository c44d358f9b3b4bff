"""A window on the screen: pictures out, keys in."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.extras import need
from rlprobe.player.live import RESIZED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlprobe.view.canvas import Picture

BLIND = {"dummy", "offscreen", "evdev"}
REMEDY = "or play without a screen: --headless-script keys.json --video out.mp4"


class NoDisplayError(OSError):
    """There is no screen to open a window on."""


@contextmanager
def _quiet_import() -> Iterator[None]:
    """Suppress pygame's greeting on the terminal, without changing the environment variables."""
    name = "PYGAME_HIDE_SUPPORT_PROMPT"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def check_display() -> None:
    """Raise where no window can be opened.

    Raises:
        NoDisplayError: naming the variable to set.
    """
    variables = ("DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in variables):
        raise NoDisplayError(f"no display: set DISPLAY (or WAYLAND_DISPLAY), {REMEDY}")


class Window:
    """A window.

    Args:
        title: title of the window.
        size: width and height in pixels.
        resizable: whether the player may change it.

    Raises:
        NoDisplayError: there is no screen.
        MissingExtraError: the package that opens windows is not installed.
    """

    def __init__(self, title: str, size: tuple[int, int], *, resizable: bool = False) -> None:
        check_display()
        with _quiet_import():
            self._pygame: Any = need("pygame", "rlprobe play")
        try:
            self._pygame.display.init()
            self._surface = self._pygame.display.set_mode(size, self._pygame.RESIZABLE if resizable else 0)
        except self._pygame.error as error:
            raise NoDisplayError(
                f"cannot open a window ({error}): set DISPLAY to a running screen, {REMEDY}"
            ) from error
        if self._pygame.display.get_driver() in BLIND and "SDL_VIDEODRIVER" not in os.environ:
            self.close()
            raise NoDisplayError(
                f"the screen in DISPLAY does not answer: set DISPLAY to a running one, {REMEDY}"
            )
        self._pygame.display.set_caption(title)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        width, height = self._pygame.display.get_surface().get_size()
        return int(width), int(height)

    def show(self, picture: Picture) -> None:
        """Show a picture now."""
        size = picture.shape[1], picture.shape[0]
        image = self._pygame.image.frombuffer(np.ascontiguousarray(picture), size, "RGB")
        self._pygame.display.get_surface().blit(image, (0, 0))
        self._pygame.display.flip()

    def events(self, seconds: float) -> list[tuple[str, bool]]:
        """Wait up to ``seconds`` for keys; each with True for pressed or False for released."""
        whole = int(seconds * 1000)
        if whole >= 1:
            first = self._pygame.event.wait(whole)
        else:
            time.sleep(max(0.0, seconds))
            first = self._pygame.event.poll()
        return [key for event in (first, *self._pygame.event.get()) for key in self._key(event)]

    def _key(self, event: Any) -> list[tuple[str, bool]]:
        if event.type == self._pygame.QUIT:
            return [("escape", True)]
        if event.type in {self._pygame.VIDEORESIZE, self._pygame.WINDOWEXPOSED}:
            return [(RESIZED, True)]
        if event.type in {self._pygame.KEYDOWN, self._pygame.KEYUP}:
            name = self._pygame.key.name(event.key)
            name = name.strip("[]") if len(name) > 1 else name
            return [(name.replace(" ", "-"), event.type == self._pygame.KEYDOWN)]
        return []

    def close(self) -> None:
        """Close the window."""
        self._pygame.display.quit()
