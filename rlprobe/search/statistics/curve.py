"""The fitted quadratic of a parameter with its 90 % band, and the part of the range that it recommends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.extras import need

if TYPE_CHECKING:
    from rlprobe.search.table import Floats, Parameter

POINTS: Final = 41
LEVEL: Final = 0.9
GOOD_SHARE: Final = 0.3
"""Values belong to the next range if their fit is within this share of the fit's range of the best."""
CLIPPED: Final = (0.02, 0.98)
"""Results beyond these quantiles count as at them: one crash must not bend the curve."""


@dataclass(frozen=True)
class Curve:
    """A quadratic over the places of a parameter.

    Args:
        places: ``(k,)`` between 0 and 1.
        middle: ``(k,)`` the fit.
        low: ``(k,)`` lower end of the band.
        high: ``(k,)`` upper end.
    """

    places: Floats
    middle: Floats
    low: Floats
    high: Floats


def fitted(parameter: Parameter, values: Floats) -> Curve | None:
    """The curve of a parameter that is a number; nothing if there are too few distinct values.

    >>> from rlprobe.search.table import Parameter
    >>> made = fitted(Parameter("x", np.linspace(0, 1, 30)), -((np.linspace(0, 1, 30) - 0.5) ** 2))
    >>> round(float(made.places[made.middle.argmax()]), 1)
    0.5
    """
    x = parameter.places
    if parameter.is_choice or len(np.unique(x)) < 3 or len(x) < 5:
        return None
    y = np.clip(values, *np.quantile(values, CLIPPED))
    design = _design(x)
    weights, *_ = np.linalg.lstsq(design, y, rcond=None)
    freedom = len(y) - 3
    error = float(((y - design @ weights) ** 2).sum()) / freedom
    at = np.linspace(0.0, 1.0, POINTS)
    points = _design(at)
    spread = np.sqrt(error * np.einsum("ij,jk,ik->i", points, np.linalg.pinv(design.T @ design), points))
    reach = float(need("scipy.special", "rlprobe search").stdtrit(freedom, (1 + LEVEL) / 2)) * spread
    middle = points @ weights
    return Curve(at, middle, middle - reach, middle + reach)


def _design(x: Floats) -> Floats:
    return np.stack([np.ones_like(x), x, x**2], axis=1)


def good_part(curve: Curve) -> tuple[float, float]:
    """The places whose fit is near the best one."""
    low, high = float(curve.middle.min()), float(curve.middle.max())
    good = np.flatnonzero(curve.middle >= high - GOOD_SHARE * (high - low))
    best = int(curve.middle.argmax())
    left = right = best
    while left - 1 in good:
        left -= 1
    while right + 1 in good:
        right += 1
    return float(curve.places[left]), float(curve.places[right])
