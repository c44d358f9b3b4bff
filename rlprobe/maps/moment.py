"""What a map holds of one moment of training, and the numbers that compare it with the exact answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.maps.solving import Reference
    from rlprobe.maps.world.plane import Plane

    Floats = npt.NDArray[np.float64]

WITHIN_SHARE: Final = 0.05
"""A value fits if it is off by at most this share of the range of the exact values."""


@dataclass(frozen=True)
class Numbers:
    """A moment in numbers; None where there is nothing to compare.

    Args:
        r2: of the learned values against the exact values of the current policy, weighted by visits.
        offset: mean of learned minus exact values, weighted by visits.
        within: share of cells within 5 %.
        within_visited: the same among cells that were ever visited.
        within_unvisited: the same among the others.
        rough: second differences of the learned values, times those of the exact ones.
        visited: share of cells that were ever visited.
        gap: optimal value minus the policy's, at the starts of episodes.
        start: exact value of the policy at the starts of episodes.
    """

    r2: float | None = None
    offset: float | None = None
    within: float | None = None
    within_visited: float | None = None
    within_unvisited: float | None = None
    rough: float | None = None
    visited: float = 0.0
    gap: float | None = None
    start: float | None = None


@dataclass(frozen=True, eq=False)
class Moment:
    """One moment of training; arrays are ``(size,)`` over the points of the plane, or None.

    Args:
        step: environment steps so far.
        value: learned values.
        exact: exact values of the policy at this moment.
        action: the policy, as one number: a discrete action, or the first number of a continuous one.
        visits: visits of each cell since the last moment.
        td: TD errors of the learned values under the policy.
        numbers: the comparison.
    """

    step: int
    value: Floats | None
    exact: Floats | None
    action: Floats | None
    visits: Floats
    td: Floats | None
    numbers: Numbers = field(default_factory=Numbers)


def compared(
    plane: Plane,
    reference: Reference | None,
    *,
    value: Floats | None,
    exact: Floats | None,
    visits: Floats,
    ever: npt.NDArray[np.bool_],
) -> Numbers:
    """The numbers of a moment."""
    found: dict[str, Any] = {"visited": float(ever.mean())}
    if exact is not None and reference is not None:
        starts = reference.world.starts
        if starts is not None and len(starts):
            at_start = (
                plane.interpolate(exact, starts) if not plane.labels else exact[starts[:, 0].astype(int)]
            )
            best = reference.V if plane.labels else None
            top = best[starts[:, 0].astype(int)] if best is not None else reference.value(starts)
            found |= {"start": float(at_start.mean()), "gap": float((top - at_start).mean())}
        if value is not None:
            found |= _fit(plane, value, exact, visits, ever)
    return Numbers(**found)


def _at(plane: Plane, values: Floats, points: Floats) -> Floats:
    """Values at points; at numbers of states where there are finitely many."""
    return values[points[:, 0].astype(int)] if plane.labels else plane.interpolate(values, points)


def _fit(
    plane: Plane, value: Floats, exact: Floats, visits: Floats, ever: npt.NDArray[np.bool_]
) -> dict[str, float | None]:
    weight = visits / visits.sum() if visits.sum() > 0 else np.full(len(exact), 1.0 / len(exact))
    off = value - exact
    spread = float(weight @ (exact - weight @ exact) ** 2)
    fits = abs(off) <= WITHIN_SHARE * max(float(np.ptp(exact)), 1e-9)
    smooth = _roughness(plane, exact)
    return {
        "r2": 1.0 - float(weight @ off**2) / spread if spread > 1e-12 else None,
        "offset": float(weight @ off),
        "within": float(fits.mean()),
        "within_visited": float(fits[ever].mean()) if ever.any() else None,
        "within_unvisited": float(fits[~ever].mean()) if not ever.all() else None,
        "rough": _roughness(plane, value) / smooth if smooth > 1e-12 else None,
    }


def _roughness(plane: Plane, values: Floats) -> float:
    """Mean size of second differences along both axes."""
    square = values.reshape(plane.shape)
    parts = [abs(np.diff(square, 2, axis=axis)).mean() for axis in (0, 1) if plane.shape[axis] > 2]
    return float(np.mean(parts)) if parts else 0.0
