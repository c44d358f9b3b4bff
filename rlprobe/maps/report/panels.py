"""The panels of each moment as colours: which colour map, which scale, and where it is hatched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.extras import need
from rlprobe.output.numbers import short

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.maps.findings import Findings
    from rlprobe.maps.moment import Moment

    Floats = npt.NDArray[np.float64]

ENLARGED: Final = 3
"""Picture elements along each side of a cell."""
HATCH_EVERY: Final = 7
LEAST_SIDE: Final = 200
OPTIMAL: Final = "optimal V"


@dataclass(frozen=True, eq=False)
class Panel:
    """One panel: a title, values of all points, and its colours.

    Args:
        title: what it shows.
        values: ``(size,)``; NaN is left blank.
        colours: a colour map of Matplotlib.
        low: value of the first colour.
        high: value of the last one.
        ends: what stands at both ends of the scale.
        hatched: ``(size,)`` where values are not to be trusted; None for nowhere.
    """

    title: str
    values: Floats
    colours: str
    low: float
    high: float
    ends: tuple[str, str]
    hatched: npt.NDArray[np.bool_] | None = None


def panels(findings: Findings, moment: Moment) -> list[Panel]:
    """The panels of one moment, in the order in which they are read."""
    scale = _value_scale(findings)
    found: list[Panel] = []
    if moment.value is not None:
        found.append(_valued("learned V", moment.value, scale))
    if moment.exact is not None:
        found.append(_valued("exact V of this policy", moment.exact, scale))
    if findings.reference is not None:
        found.append(_valued(OPTIMAL, findings.reference.V, scale, findings.reference.unsure))
    if moment.value is not None and moment.exact is not None:
        most = max((_size(one.value, one.exact) for one in findings.moments), default=1.0)
        found.append(_signed("learned minus exact", moment.value - moment.exact, most))
    if moment.action is not None:
        actions = np.concatenate([one.action for one in findings.moments if one.action is not None])
        low, high = float(actions.min()), float(actions.max())
        colours = "viridis" if len(np.unique(actions)) <= 10 else "coolwarm"
        found.append(
            Panel("policy", moment.action, colours, low, max(high, low + 1e-9), (short(low), short(high)))
        )
    visits = np.where(moment.visits > 0, np.log1p(moment.visits), np.nan)
    most = max(float(one.visits.max(initial=0.0)) for one in findings.moments)
    found.append(Panel("visits", visits, "magma", 0.0, float(np.log1p(max(most, 1.0))), ("0", short(most))))
    if moment.td is not None:
        most = max(float(np.quantile(abs(one.td), 0.98)) for one in findings.moments if one.td is not None)
        found.append(_signed("TD error", moment.td, max(most, 1e-9)))
    return found


def _valued(
    title: str, values: Floats, scale: tuple[float, float], hatched: npt.NDArray[np.bool_] | None = None
) -> Panel:
    low, high = scale
    return Panel(title, values, "viridis", low, high, (short(low), short(high)), hatched)


def _signed(title: str, values: Floats, most: float) -> Panel:
    return Panel(title, values, "RdBu_r", -most, most, (short(-most), f"+{short(most)}"))


def _size(value: Floats | None, exact: Floats | None) -> float:
    return 1e-9 if value is None or exact is None else float(np.quantile(abs(value - exact), 0.98)) + 1e-9


def _value_scale(findings: Findings) -> tuple[float, float]:
    """One scale for all values, so that panels and moments can be compared."""
    found = [one.exact for one in findings.moments if one.exact is not None]
    if findings.reference is not None:
        found.append(findings.reference.V)
    if not found:
        found = [one.value for one in findings.moments if one.value is not None]
    if not found:
        return 0.0, 1.0
    every = np.concatenate(found)
    low, high = float(np.quantile(every, 0.01)), float(every.max())
    return (low, high) if high > low else (low - 1.0, low + 1.0)


def pixels(panel: Panel, shape: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """The panel as a picture, ``(height, width, 3)``; the second number grows upwards."""
    maps: Any = need("matplotlib", "pictures of maps").colormaps
    square = panel.values.reshape(shape).T[::-1]
    share = np.clip((square - panel.low) / (panel.high - panel.low), 0.0, 1.0)
    colours = maps[panel.colours](np.nan_to_num(share))[..., :3]
    if panel.title == "visits":
        colours = np.where(np.isnan(square)[..., None], 0.5, colours)
    factor = max(ENLARGED, -(-LEAST_SIDE // max(shape)))
    large = np.repeat(np.repeat(colours, factor, axis=0), factor, axis=1)
    if panel.hatched is not None and panel.hatched.any():
        mask = np.repeat(np.repeat(panel.hatched.reshape(shape).T[::-1], factor, axis=0), factor, axis=1)
        y, x = np.indices(mask.shape)
        large[mask & ((x + y) % HATCH_EVERY == 0)] = 0.95
    return np.asarray(large * 255, dtype=np.uint8)


def gradient(colours: str) -> str:
    """The colour map as a gradient of CSS."""
    maps: Any = need("matplotlib", "pictures of maps").colormaps
    stops = (maps[colours](share)[:3] for share in np.linspace(0, 1, 9))
    return ", ".join(f"rgb({r * 255:.0f} {g * 255:.0f} {b * 255:.0f})" for r, g, b in stops)
