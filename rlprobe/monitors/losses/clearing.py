"""Whether gradients are cleared between two steps of an optimizer."""

from __future__ import annotations

from typing import Any

Place = tuple[int, int]
"""Of a call of ``backward``: its code and instruction."""
FEW = 4


class Clearing:
    """Remembers which gradients an optimizer has stepped along, up to the next loss at the same place.

    They are still there then only if nothing has cleared them. That counts only if the same optimizer steps
    next: a loss of the actor leaves gradients in the critic, which the critic clears before its own.
    """

    def __init__(self) -> None:
        self.place: Place | None = None
        self.looks_at: Place | None = None
        self.cleared = False
        self._stepped: tuple[int, list[Any]] = (0, [])
        self._left: bool | None = None

    @property
    def waits(self) -> bool:
        """Whether the next step of an optimizer is to be seen."""
        return self.place is not None or self._left is not None

    def before_backward(self) -> None:
        """A loss at the same place as the one before the step: what is left of its gradients."""
        _, params = self._stepped
        self._left = any(p.grad is not None and bool((p.grad != 0).any()) for p in params)
        self.looks_at = None

    def before_update(self, optimizer: Any) -> bool:
        """An optimizer is about to step; whether gradients from before its last step were still there."""
        left, self._left = self._left, None
        same = self._stepped[0] == id(optimizer)
        self.cleared = left is False and same
        if self.place is not None:
            held = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
            with_size = [p for p in held[-FEW:] if bool((p.grad != 0).any())]
            if with_size:
                self._stepped, self.looks_at = (id(optimizer), with_size), self.place
            self.place = None
        return bool(left) and same
