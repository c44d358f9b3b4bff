"""Whether the optimizer of an actor holds the critic too, and so raises its values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.monitors.losses.graph import parameters_of

if TYPE_CHECKING:
    from collections.abc import Sequence


class HeldTwice:
    """What optimizers hold, beside what they train.

    An actor that learns through a critic has a loss of minus its values. The gradients of that loss at the
    weights of the critic are there too, and an optimizer that holds both steps along them.
    """

    def __init__(self) -> None:
        self.times = 0
        self._errors = False
        self._layers: list[Any] = []
        self._critics: dict[int, set[int]] = {}
        """What each optimizer holds that steps after a loss of errors."""

    @property
    def waiting(self) -> bool:
        """Whether a loss was looked at for which no optimizer has stepped yet."""
        return self._errors or bool(self._layers)

    def before_backward(self, layers: Sequence[Any], *, has_errors: bool) -> None:
        """The gradients of a loss are about to be computed; the last layers that it depends on."""
        self._errors |= has_errors
        if not has_errors:
            self._layers += layers

    def before_update(self, optimizer: Any, held: set[int]) -> None:
        """An optimizer is about to step, which holds parameters with these identities."""
        errors, layers = self._errors, self._layers
        self._errors, self._layers = False, []
        if errors:
            self._critics[id(optimizer)] = held
            return
        critics = set().union(*(those for key, those in self._critics.items() if key != id(optimizer)))
        both, alone = held & critics, held - critics
        if not both or not alone:
            return
        known = [parameters_of(node) for node in layers]
        self.times += any(own & both and every & alone for own, every in known)
