"""Hear of every loss before its gradients are computed; an error of ours is never the agent's problem."""

from __future__ import annotations

import contextlib
import functools
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def quietly(listener: Callable[..., object]) -> Callable[..., None]:
    """A listener whose own errors are never the agent's problem."""

    def heard(*given: Any) -> None:
        try:  # noqa: SIM105 - suppress() takes as long as a listener
            listener(*given)
        except Exception:  # noqa: BLE001, S110 - whatever it is
            pass

    return heard


@contextlib.contextmanager
def losses_heard(*listeners: Callable[[Any, tuple[int, int]], None]) -> Iterator[None]:
    """Call each listener meanwhile with a loss and the place of the code that calls its ``backward``."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    plain = torch.Tensor.backward

    @functools.wraps(plain)
    def backward(self: Any, *args: Any, **kwargs: Any) -> Any:
        frame = sys._getframe(1)  # noqa: SLF001 - the caller
        for listener in listeners:
            listener(self, (id(frame.f_code), frame.f_lasti))
        return plain(self, *args, **kwargs)

    torch.Tensor.backward = backward
    try:
        yield
    finally:
        torch.Tensor.backward = plain
