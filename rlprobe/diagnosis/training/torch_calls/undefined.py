"""Watch for the first loss that is NaN, and for the operation that made it so."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

from rlprobe.monitors.hooks.deviations import Deviations
from rlprobe.monitors.losses.undefined import squares_beyond_one, undefined_in

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_LOOKS = 20
"""Losses that are not finite and are looked at: the first may hold targets that were NaN already."""
SCALED, SINGLE = "squash-correction-scaled", "advantage-std-nan"
OF_ONE = "the standard deviation of a single number, which is NaN"


class Undefined:
    """Why a loss became NaN.

    Args:
        said: a sentence; empty if no loss did, or if its graph does not show why.
        observed: the fault that this shows, with a sentence; empty if it may have several causes.
    """

    def __init__(self) -> None:
        self.said = ""
        self.observed: dict[str, str] = {}
        self.deviations = Deviations(filled=False)
        self._looks = 0

    def before_backward(self, loss: Any, _: tuple[int, int]) -> None:
        """The gradients of a loss are about to be computed."""
        if self.said or self._looks >= MOST_LOOKS or bool(loss.isfinite().all()):
            return
        self._looks += 1
        found = undefined_in(loss.grad_fn)
        if found is None:
            if self.deviations.undefined:
                self.said = f"a loss is NaN because something is divided by {OF_ONE}"
                self.observed = {SINGLE: f"a loss is NaN after something was divided by {OF_ONE}"}
            return
        what, node = found
        self.said = f"a loss is NaN or infinite because it takes {what}"
        if "negative" in what and squares_beyond_one(node):
            self.observed = {
                SCALED: f"a loss takes {what}: of 1 minus the square of an action that is scaled beyond 1"
            }


@contextlib.contextmanager
def undefined_seen() -> Iterator[Undefined]:
    """Record meanwhile why losses become NaN, those that ``before_backward`` is called with."""
    seen = Undefined()
    patches = seen.deviations.watch(sys.modules["torch"]) if "torch" in sys.modules else None
    try:
        yield seen
    finally:
        if patches is not None:
            patches.remove()
