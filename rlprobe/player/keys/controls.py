"""The state of the game's own keys: pause, speed, single steps, help, camera."""

from __future__ import annotations

from rlprobe.player.keys.key_names import CONTROLS

SPEEDS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0)


class Controls:
    """Held keys, pause, speed, and key presses that wait for the next decision.

    A key that was pressed and released between two decisions still counts for the next one.

    Args:
        keys: that choose actions.
        step: wait for a key at each decision.
        camera: the environment's own picture is shown beside what the agent sees.
    """

    def __init__(self, keys: frozenset[str], *, step: bool, camera: bool = False) -> None:
        self._keys, self.step, self.camera = keys, step, camera
        self.help = self.paused = self.ended = self.restart = self.changed = False
        self.speed = 1.0
        self._held: list[str] = []
        self._tapped: list[str] = []
        self._single = False

    def press(self, key: str) -> None:
        """A key goes down."""
        if self.help and CONTROLS.get(key) not in {"help", "end"}:
            return
        if key in self._keys:
            self._tapped.append(key)
            self._held.append(key)
            self._single |= self.step
        elif key in CONTROLS:
            self.changed = True
            self._control(CONTROLS[key])

    def _control(self, what: str) -> None:
        if what in {"slower", "faster"}:
            place = SPEEDS.index(self.speed) + (1 if what == "faster" else -1)
            self.speed = SPEEDS[min(max(place, 0), len(SPEEDS) - 1)]
        elif what == "pause":
            self.paused = not self.paused
        elif what == "single step":
            self.paused = self.paused or not self.step
            self._single = True
        elif what == "help":
            self.help = not self.help
        elif what == "camera":
            self.camera = not self.camera
        elif what == "restart":
            self.restart = True
        else:
            self.ended = True

    def release(self, key: str) -> None:
        """A key comes up."""
        self._held = [held for held in self._held if held != key]

    @property
    def waiting(self) -> bool:
        """Whether the game waits until a key is pressed."""
        return self.paused or self.step or self.help

    def due_by_key(self) -> bool:
        """Whether a key asked for one decision; asks once."""
        single, self._single = self._single, False
        return single

    def take(self) -> list[str]:
        """The keys of the next decision, in the order they were pressed."""
        keys = list(dict.fromkeys([*self._tapped, *self._held]))
        self._tapped.clear()
        return keys

    def note(self) -> str:
        """The state as a word for the screen."""
        return "HELP" if self.help else "PAUSED" if self.paused else "STEP BY STEP" if self.step else ""
