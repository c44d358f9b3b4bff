"""Values that statistics cannot contain: NaN, infinity, and values without a finite square."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

SQUARE_OVERFLOWS_FROM: Final = 1e140
"""Larger values have no finite square for the variance."""
OVERFLOW: Final = SQUARE_OVERFLOWS_FROM * SQUARE_OVERFLOWS_FROM
"""Sums of squares must be smaller."""
LEAST_VARIANCE: Final = 1e-300
"""Smaller variances count as this in a divisor."""
LEAST_HELD: Final = 1e-30
"""Variances from this to ``MOST_HELD`` are held by float32 with all its digits."""
MOST_HELD: Final = 1e30
LEAST_FACTOR: Final = 1e-300
"""Instead of 1 / std of constant components: their result is 0, and infinite values stay infinite."""


class FoundNonFiniteError(ArithmeticError):
    """Row ``row``, flat component ``component`` holds ``value``, which the statistics cannot take."""

    def __init__(self, row: int, component: int, value: float) -> None:
        super().__init__(row, component, value)
        self.row, self.component, self.value = row, component, value


def culprit(rows: npt.NDArray[np.float64]) -> FoundNonFiniteError:
    """The first value of ``rows`` that the statistics cannot take, as an error to raise."""
    row, component = np.argwhere(~(np.abs(rows) < SQUARE_OVERFLOWS_FROM))[0]
    return FoundNonFiniteError(int(row), int(component), float(rows[row, component]))
