"""Replace attributes for a while, and put back what was there."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ABSENT = object()


class Patches:
    """What has been replaced, in order.

    Whoever replaces the same attribute later keeps what they put there: only what is still ours is put back.
    """

    def __init__(self) -> None:
        self._done: list[tuple[Any, str, Any, Any]] = []
        self._removals: list[Callable[[], None]] = []

    def put(self, owner: Any, name: str, ours: Any) -> None:
        """Replace ``owner.name``."""
        self._done.append((owner, name, vars(owner).get(name, ABSENT), ours))
        setattr(owner, name, ours)

    def put_operator(self, torch: Any, name: str, ours: Any) -> None:
        """Replace ``torch.name``; TorchScript still compiles code that calls it, without ours."""
        table = importlib.import_module("torch.jit._builtins")._get_builtin_table()  # noqa: SLF001
        plain = getattr(torch, name)
        if id(plain) in table:
            table[id(ours)] = table[id(plain)]
            self.on_removal(lambda: table.pop(id(ours), None))
        self.put(torch, name, ours)

    def on_removal(self, remove: Callable[[], None]) -> None:
        """Call this too when everything is put back."""
        self._removals.append(remove)

    def remove(self) -> None:
        """Put everything back, last first."""
        while self._removals:
            self._removals.pop()()
        while self._done:
            owner, name, before, ours = self._done.pop()
            if vars(owner).get(name) is not ours:
                continue
            if before is ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, before)
