"""Values that statistics cannot take: NaN, infinity, and what has no finite square."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

LARGEST: Final = 1e140
"""Values from here on have no finite square to put into a variance."""
OVERFLOW: Final = LARGEST * LARGEST
"""What a sum of such squares has to stay below."""


class FoundNonFiniteError(ArithmeticError):
    """Row ``row``, flat component ``component`` holds ``value``, which the statistics cannot take."""

    def __init__(self, row: int, component: int, value: float) -> None:
        super().__init__(row, component, value)
        self.row, self.component, self.value = row, component, value


def culprit(rows: npt.NDArray[np.float64]) -> FoundNonFiniteError:
    """The first value of ``rows`` that the statistics cannot take, as an error to raise."""
    row, component = np.argwhere(~(np.abs(rows) < LARGEST))[0]
    return FoundNonFiniteError(int(row), int(component), float(rows[row, component]))
