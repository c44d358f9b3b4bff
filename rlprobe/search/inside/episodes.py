"""The returns of one environment, or of the copies in a vector environment, as lines of JSON in a file."""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
import sysconfig
import zlib
from typing import Any

FILE = "RLPROBE_SEARCH_EPISODES"
"""The environment variable with the path of the file."""
NUMBERS = itertools.count()
NOT_OWN = (
    "<",
    *(sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib")),
    os.path.dirname(os.path.abspath(__file__)),  # noqa: PTH100, PTH120 - without pathlib in every process
)
"""Where the files of Python itself and these lie."""
EVALUATES = re.compile(r"^(?!.*train).*eval|^test(_(agent|policy|model|run|loop|episodes?))?$", re.IGNORECASE)
"""Names of functions that play without learning; one that trains and evaluates does not only that."""
MOST_FRAMES = 100


class Episodes:
    """Adds up rewards, and appends a line at the end of each episode.

    Args:
        name: of the class of the environment.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.busy = False
        self._id = f"{os.getpid()}-{next(NUMBERS)}"
        self._earned: list[float] = []
        self._lengths: list[int] = []
        self._actions = 0
        self._played: tuple[str, bool] = ("", False)

    def __deepcopy__(self, _: Any) -> Episodes:
        """A copied environment, as planning uses it, plays episodes of its own."""
        return Episodes(self.name)

    def __reduce__(self) -> tuple[type[Episodes], tuple[str]]:
        """A pickled environment goes on in another process, with episodes of its own."""
        return Episodes, (self.name,)

    def step(self, action: Any, rewards: list[float], done: list[bool]) -> None:
        """Count a step of every copy."""
        if len(self._earned) != len(rewards):
            self._earned, self._lengths = [0.0] * len(rewards), [0] * len(rewards)
        if not self._lengths[0]:
            self._played = played_by()
        self._actions = zlib.crc32(_bytes(action), self._actions)
        for copy, reward in enumerate(rewards):
            self._earned[copy] += reward
            self._lengths[copy] += 1
            if done[copy]:
                self._write(copy)

    def close(self) -> None:
        """End the episodes that have begun: by a time limit, or because the script begins another one."""
        for copy, length in enumerate(self._lengths):
            if length:
                self._write(copy)

    def _write(self, copy: int) -> None:
        row = {
            "env": f"{self._id}-{copy}",
            "name": self.name,
            "return": self._earned[copy],
            "length": self._lengths[copy],
            "actions": self._actions,
            "line": self._played[0],
            "evaluated": self._played[1],
        }
        self._earned[copy], self._lengths[copy] = 0.0, 0
        descriptor = os.open(os.environ[FILE], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            os.write(descriptor, (json.dumps(row) + "\n").encode())
        finally:
            os.close(descriptor)


def played_by() -> tuple[str, bool]:
    """The line of the user's code that plays, and whether a function on the way there evaluates."""
    line, evaluated = "", False
    frame = sys._getframe(1)  # noqa: SLF001 - without inspect in every process
    for _ in range(MOST_FRAMES):
        code = frame.f_code
        evaluated = evaluated or bool(EVALUATES.search(code.co_name))
        if not line and is_own(code.co_filename):
            line = f"{os.path.basename(code.co_filename)}:{frame.f_lineno}"  # noqa: PTH119 - once an episode
        if frame.f_back is None:
            break
        frame = frame.f_back
    return line, evaluated


def is_own(file: str) -> bool:
    """Whether a file is the user's own, and not that of a library.

    >>> is_own("/home/me/train.py"), is_own("<string>"), is_own(os.__file__), is_own(__file__)
    (True, False, False, False)
    """
    folders = re.split(r"[\\/]", file)
    library = "site-packages" in folders or "dist-packages" in folders
    return not (library or file.startswith(NOT_OWN))


def _bytes(action: Any) -> bytes:
    """An action as bytes: two runs that choose the same have the same."""
    if hasattr(action, "detach"):
        action = action.detach().cpu().numpy()
    return bytes(action.tobytes()) if hasattr(action, "tobytes") else repr(action).encode()
