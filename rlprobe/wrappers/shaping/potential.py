"""The potential of the user: one finite number per observation, the same whenever it is asked for."""

from __future__ import annotations

from math import isclose, isfinite
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from rlprobe.agent import told
from rlprobe.environments.nests import batch_of_one, kept

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

OnTruncation = Literal["bootstrap", "terminal"]
ALWAYS_CHECKED_STEPS: Final = 200
"""So many steps ask for each potential twice, to see whether it depends on history; then few steps do."""
THEN_EVERY_STEPS: Final = 1000
WHY_CONSTANT: Final = (
    "shaping keeps the best policy only if phi is a fixed function of the observation: put what it remembers "
    "into the observation"
)


class PotentialError(ValueError):
    """The potential is no function from an observation to one finite number; the message says where."""


class Potential:
    """``phi``, with every answer checked.

    Args:
        wrapper: name of the wrapper, for messages.
        phi: from one observation to one number.
        batched: ``phi`` takes a batch of one observation and returns as many numbers.

    Raises:
        TypeError: ``phi`` cannot be called.
    """

    def __init__(self, wrapper: str, phi: Callable[[Any], Any], *, batched: bool = False) -> None:
        if not callable(phi):
            raise TypeError(
                f"{wrapper} expected phi as a function from an observation to a number, got "
                f"{type(phi).__name__}: pass phi itself, as in {wrapper}(env, lambda observation: ..., gamma)"
            )
        self.wrapper, self.phi, self.batched = wrapper, phi, batched

    def __call__(self, observation: Any, step: int, row: int | None = None) -> float:
        """The potential of ``observation``.

        Raises:
            PotentialError: it is not one finite number.
        """
        if not self.batched:
            return self.number(self.ask(observation), step, row)
        answer = self.ask(batch_of_one(observation))
        return self.number(answer[0] if np.shape(answer) == (1,) else answer, step, row)

    def ask(self, observation: Any) -> Any:
        """What ``phi`` returns, whatever that is.

        Raises:
            PotentialError: it raised an error.
        """
        try:
            return self.phi(observation)
        except Exception as error:
            raise PotentialError(f"{self.wrapper}: phi(observation) raised {told(error)}") from error

    def number(self, answer: Any, step: int, row: int | None = None) -> float:
        """The answer of ``phi`` as a float; raises ``PotentialError`` if it is not one finite number."""
        value = answer if type(answer) is float else _scalar(answer)
        if value is None:
            raise PotentialError(
                f"{self.wrapper}: expected one number from phi(observation), got {_what(answer)}"
                f"{_place(step, row)}; return a scalar, such as float(x[0])"
            )
        if not isfinite(value):
            raise PotentialError(
                f"{self.wrapper}: phi(observation) is {value}{_place(step, row)}; expected a finite number "
                "for every observation, also those of resets and ends: mend phi there"
            )
        return value

    def check_unchanged(self, observation: Any, before: float, step: int, row: int | None = None) -> None:
        """Ask for the potential of an observation again.

        Raises:
            PotentialError: it is another number than ``before``.
        """
        again = self(observation, step, row)
        if not isclose(again, before, rel_tol=1e-6, abs_tol=1e-9):
            raise PotentialError(
                f"{self.wrapper}: phi gave {before:.6g} and then {again:.6g} for the same observation"
                f"{_place(step, row)}; it is random or depends on history, and {WHY_CONSTANT}"
            )


class Memory:
    """Which observations are kept to be asked for again."""

    def __init__(self) -> None:
        self.observation: Any = None

    @staticmethod
    def due(step: int) -> bool:
        """Whether step ``step`` asks again for the potential of the observation before it."""
        return step <= ALWAYS_CHECKED_STEPS or step % THEN_EVERY_STEPS == 0

    def keep(self, observation: Any, step: int) -> None:
        """Keep a copy of ``observation`` if the step after ``step`` will ask for it."""
        self.observation = kept(observation) if self.due(step + 1) else None


def check_gamma(wrapper: str, gamma: Any) -> float:
    """``gamma`` if it is a discount.

    Raises:
        ValueError: it is no number between 0 and 1.
    """
    if isinstance(gamma, bool) or not isinstance(gamma, (int, float)) or not 0.0 <= gamma <= 1.0:
        raise ValueError(f"{wrapper} expected gamma between 0 and 1, that of the agent, got {gamma!r}")
    return float(gamma)


def check_on_truncation(wrapper: str, on_truncation: Any) -> OnTruncation:
    """``on_truncation`` if it is one of the two ways.

    Raises:
        ValueError: anything else.
    """
    if on_truncation not in {"bootstrap", "terminal"}:
        raise ValueError(f"{wrapper} expected on_truncation='bootstrap' or 'terminal', got {on_truncation!r}")
    return "terminal" if on_truncation == "terminal" else "bootstrap"


def _scalar(answer: Any) -> float | None:
    """``answer`` as a float if it is a number or an array or tensor without axes."""
    if isinstance(answer, (str, bytes)) or getattr(answer, "shape", ()) != ():
        return None
    try:
        if hasattr(answer, "detach"):
            return float(answer.detach())
        array: npt.NDArray[Any] = np.asarray(answer)
        return float(array) if array.shape == () and array.dtype.kind in "biuf" else None
    except (TypeError, ValueError):
        return None


def _what(answer: Any) -> str:
    shape = getattr(answer, "shape", None)
    if shape is None and isinstance(answer, (list, tuple)):
        shape = np.shape(answer)
    return f"{type(answer).__name__} of shape {tuple(shape)}" if shape is not None else repr(answer)[:80]


def _place(step: int, row: int | None) -> str:
    where = "" if row is None else f" of environment {row}"
    return f"{where} at reset" if step == 0 else f"{where} at step {step}"
