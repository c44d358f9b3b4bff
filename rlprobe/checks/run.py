"""One check from start to end: find how the function is called, judge it, and tell."""

from __future__ import annotations

import contextlib
import random
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.outcome import FunctionRaisedError, NotUnderstoodError
from rlprobe.checks.session import Session
from rlprobe.checks.trial.calling import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rlprobe.checks.family import Family
    from rlprobe.checks.outcome import Checked


def check(
    function: Callable[..., Any],
    family: Family,
    *,
    adapt: Callable[[Any], Any] | None = None,
    name: str = "",
    **known: Any,
) -> Checked:
    """Check a function as a member of a family.

    Args:
        function: what is checked.
        family: what it computes.
        adapt: calls it, given a case; then nothing is guessed.
        name: what it is called in the report.
        known: values of parameters, and of numbers that the function uses but does not take.

    Raises:
        CheckFailure: it is wrong.
        NotUnderstoodError: how it is called could not be found.
        FunctionRaisedError: it raised an error however it was called.
    """
    called = name or getattr(function, "__qualname__", None) or type(function).__name__
    with _same_random_state(), quiet():
        return Session(function, family, adapt, called, known).run()


def first_understood(function: Callable[..., Any], families: Sequence[Family], **options: Any) -> Checked:
    """Check a function as the first of several families as which it can be called.

    Raises:
        CheckFailure: it is wrong.
        NotUnderstoodError: how it is called could not be found.
        FunctionRaisedError: it raised an error however it was called.
    """
    for one in families[:-1]:
        with contextlib.suppress(NotUnderstoodError, FunctionRaisedError):
            return check(function, one, **options)
    return check(function, families[-1], **options)


@contextlib.contextmanager
def _same_random_state() -> Iterator[None]:
    """Leave the process-wide generators as they were: a stranger's function may draw from them."""
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    torch: Any = sys.modules.get("torch")
    tensors = torch.random.get_rng_state() if torch is not None else None
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        if torch is not None:
            torch.random.set_rng_state(tensors)
