"""Numbers that describe a sample: quantiles, and the interval of a share."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


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
        z, n, p = 1.959964, self.total, self.value
        middle = p + z * z / (2 * n)
        return (middle + sign * z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)

    def __str__(self) -> str:
        return f"{percent(self.value)} (95 %: {percent(self.low)} to {percent(self.high)})"


def percent(share: float) -> str:
    """A share as text.

    >>> percent(0.5), percent(0.00021), percent(0.0)
    ('50 %', '0.021 %', '0 %')
    """
    value = 100 * share
    return f"{value:.0f} %" if value == 0 or value >= 10 or value != value else f"{value:.2g} %"  # noqa: PLR0124


def short(value: float) -> str:
    """A number in at most seven characters or so.

    >>> short(1234567.0), short(0.25), short(-200.0), short(31.4159)
    ('1.23e+06', '0.25', '-200', '31.4')
    """
    if value == int(value) and abs(value) < 1e5 if np.isfinite(value) else False:
        return str(int(value))
    return f"{value:.3g}" if not 1000 <= abs(value) < 1e5 else f"{value:.0f}"
