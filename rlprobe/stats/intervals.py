"""Quartiles of a sample, and 95 % intervals of shares and means."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.output.numbers import percent

if TYPE_CHECKING:
    import numpy.typing as npt

Z_95 = 1.959964
"""Quantile 0.975 of the normal distribution."""
T_95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""Quantiles 0.975 of Student's t with 1, 2, ... degrees of freedom."""


@dataclass(frozen=True)
class Summary:
    """Minimum, quartiles, maximum, mean and standard deviation."""

    low: float
    q1: float
    median: float
    q3: float
    high: float
    mean: float
    std: float

    @classmethod
    def of(cls, values: npt.NDArray[np.float64]) -> Summary:
        """Of a plain sample, shape ``(n,)``; all NaN for an empty one."""
        if not len(values):
            return cls(*[float("nan")] * 7)
        quantiles = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
        return cls(*map(float, (*quantiles, values.mean(), values.std())))


@dataclass(frozen=True)
class Share:
    """A share of ``total`` with its 95 % Wilson interval.

    Source: Wilson (1927), "Probable inference, the law of succession, and statistical inference".

    >>> share = Share(0, 100)
    >>> share.value, round(share.low, 3), round(share.high, 3)
    (0.0, 0.0, 0.037)
    """

    hits: int
    total: int

    @property
    def value(self) -> float:
        """The share itself."""
        return self.hits / self.total if self.total else float("nan")

    @property
    def low(self) -> float:
        """Lower end of the interval."""
        return 0.0 if self.hits == 0 else self._end(-1)

    @property
    def high(self) -> float:
        """Upper end of the interval."""
        return 1.0 if self.hits == self.total else self._end(1)

    def _end(self, sign: int) -> float:
        if not self.total:
            return 0.5 + sign / 2
        z, n, p = Z_95, self.total, self.value
        middle = p + z * z / (2 * n)
        return (middle + sign * z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)

    def __str__(self) -> str:
        return f"{percent(self.value)} (95 %: {percent(self.low)} to {percent(self.high)})"


def half_width(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Half the width of the 95 % interval of the mean of ``(k, n)`` samples; infinite for one sample.

    >>> half_width(np.array([[1.0], [2.0], [3.0]])).round(2)
    array([2.48])
    """
    count = len(samples)
    if count < 2:
        return np.full(samples.shape[1:], np.inf)
    t = T_95[min(count - 2, len(T_95) - 1)]
    return np.asarray(t * samples.std(axis=0, ddof=1) / np.sqrt(count))
