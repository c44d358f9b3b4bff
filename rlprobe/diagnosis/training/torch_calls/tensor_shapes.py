"""Watch the shapes of tensors that an agent subtracts, adds, multiplies or compares in a loss."""

from __future__ import annotations

import contextlib
import functools
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

OPERATORS = ("__sub__", "__rsub__", "__add__", "__radd__", "__mul__", "__rmul__")
LOSSES = ("mse_loss", "smooth_l1_loss", "huber_loss", "l1_loss")
MOST_CALLS = 20_000
"""Calls that are looked at."""
LEAST_BATCH, LEAST_LOSSES = 4, 3
"""So many numbers at once are a batch; and a loss has been seen after so many of them."""


@dataclass
class Shapes:
    """What was seen of the shapes.

    Args:
        paired: a sentence on a column and a row of one length that became a square; empty if there was none.
        losses: how many losses of a batch had equal shapes.
        calls: calls so far.
    """

    paired: str = ""
    losses: int = 0
    calls: int = 0

    @property
    def equal(self) -> bool:
        """Whether losses were seen, and all shapes were as they should be."""
        return not self.paired and self.losses >= LEAST_LOSSES

    def see(self, one: Any, other: Any, *, loss: bool) -> None:
        """Look at the shapes of two operands."""
        a, b = tuple(one.shape), tuple(getattr(other, "shape", ()))
        small, large = sorted((a, b), key=len)
        n = max(a + b, default=0)
        if {a, b} == {(n,), (n, 1)} and n >= LEAST_BATCH:
            self.paired = f"tensors of the shapes {a} and {b} were combined to {(n, n)}"
        elif len(small) == 2 and large == (small[0], *small) and LEAST_BATCH <= small[0] != small[1]:
            self.paired = f"tensors of the shapes {a} and {b} were combined: each row with each"
        elif a == b and a and a[0] >= LEAST_BATCH and (loss or one.requires_grad):
            self.losses += 1


@contextlib.contextmanager
def shapes_seen() -> Iterator[Shapes]:
    """Record the shapes of the operands of PyTorch's operators and losses meanwhile."""
    seen = Shapes()
    torch = sys.modules.get("torch")
    if torch is None:
        yield seen
        return
    places = [(torch.Tensor, name, False) for name in OPERATORS]
    places += [(torch.nn.functional, name, True) for name in LOSSES]
    with contextlib.ExitStack() as stack:
        for owner, name, loss in places:
            stack.enter_context(_watched(owner, name, seen, loss=loss))
        yield seen


@contextlib.contextmanager
def _watched(owner: Any, name: str, seen: Shapes, *, loss: bool) -> Iterator[None]:
    """Replace one function by one that looks at the shapes first."""
    original: Callable[..., Any] = getattr(owner, name)
    own = name in vars(owner)

    @functools.wraps(original)
    def watching(*args: Any, **kwargs: Any) -> Any:
        if seen.calls < MOST_CALLS and not seen.paired:
            seen.calls += 1
            operands = (*args, *kwargs.values())[:2]
            if len(operands) == 2 and hasattr(operands[0], "shape"):
                seen.see(*operands, loss=loss)
        return original(*args, **kwargs)

    setattr(owner, name, watching)
    try:
        yield
    finally:
        if own:
            setattr(owner, name, original)
        else:
            delattr(owner, name)
