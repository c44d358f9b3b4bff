"""Trials as a table: a column for each parameter, and what each trial has reached."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Parameter:
    """One hyperparameter over all trials.

    Args:
        name: as the script or the study calls it.
        values: ``(n,)`` numbers, or texts of choices.
        log: whether it is sampled on a logarithmic scale.
        low: lower end of its range.
        high: upper end.
        kind: how it is written in ``--param``: ``log``, ``lin``, ``int``, ``logint``, ``pow2`` or ``choice``.
    """

    name: str
    values: npt.NDArray[Any]
    log: bool = False
    low: float = 0.0
    high: float = 1.0
    kind: str = "lin"

    @property
    def is_choice(self) -> bool:
        """Whether its values have no order."""
        return self.kind == "choice"

    @cached_property
    def places(self) -> Floats:
        """``(n,)`` where the values lie between the ends of the range, 0 to 1; the number of a choice."""
        if self.is_choice:
            return np.unique(self.values.astype(str), return_inverse=True)[1].astype(float)
        values = self.values.astype(float)
        return self.place(values)

    def place(self, values: Floats) -> Floats:
        """Where values lie between the ends of the range."""
        low, high = self.low, self.high
        if self.log:
            values, low, high = np.log(values), np.log(low), np.log(high)
        return np.asarray((values - low) / (high - low) if high > low else np.zeros(len(values)))

    def at(self, place: float) -> float:
        """The value at a place between 0 and 1.

        >>> round(Parameter("lr", np.array([1.0]), True, 1e-4, 1e-2).at(0.5), 6)
        0.001
        """
        if self.log:
            return float(np.exp(np.log(self.low) + place * (np.log(self.high) - np.log(self.low))))
        return self.low + place * (self.high - self.low)


@dataclass(frozen=True)
class Trials:
    """A study.

    Args:
        parameters: the columns.
        values: ``(n,)`` what each trial has reached; larger is better.
        repeats: for some trials, what single seeds have reached.
        minimise: whether the values of the study were to be small; ``values`` have the other sign then.
        doubts: what has to be known of the study, one line each.
        silent: parameters that never arrive.
        again: what the best trial has reached with new seeds.
        told: where the returns were read, how parameters are passed, and which of them arrive.
    """

    parameters: tuple[Parameter, ...]
    values: Floats
    repeats: tuple[tuple[float, ...], ...] = ()
    minimise: bool = False
    doubts: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    again: tuple[float, ...] = ()
    told: tuple[str, ...] = ()
