"""Units that are never active, and units at the ends of their range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.monitors.findings.finding import Finding
from rlprobe.monitors.holding import Held
from rlprobe.monitors.pace import Pace
from rlprobe.output.numbers import percent

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.findings.kind import Severity
    from rlprobe.monitors.holding import Moment
    from rlprobe.monitors.networks.twin import Twin

TAU = 0.025
DORMANT_NOTE, DORMANT_LOOK = 0.25, 0.5
END = 0.99
FEWEST_UNITS = 4
SATURATED_ABOVE = 0.5
"""Shares up to a fifth are seen in healthy runs on observations that are not normalised."""


class Units:
    """Judges hidden layers.

    Args:
        curves: where the values go.
    """

    def __init__(self, curves: Curves) -> None:
        self.curves = curves
        self._held = {"note": Held(), "look": Held()}
        self._since: dict[str, int | None] = {}
        self._pace = Pace(first=4, every=3)
        self._first_saturated: tuple[int, float] | None = None

    def due(self) -> bool:
        """Whether the units are to be looked at this time."""
        return self._pace.due()

    def see(self, dormant: float | None, saturated: float | None, now: Moment) -> None:
        """The share of dormant and of saturated units in the worst layer."""
        if dormant is not None:
            self.curves.add("dormant_units", now.step, dormant)
            self._since["note"] = self._held["note"].see(dormant > DORMANT_NOTE, now)
            self._since["look"] = self._held["look"].see(dormant > DORMANT_LOOK, now)
        if saturated is not None:
            self.curves.add("saturated_units", now.step, saturated)

    def see_start(self, saturated: float | None, now: Moment) -> None:
        """The share of saturated units before the first update."""
        if saturated is not None:
            self.curves.add("saturated_units", now.step, saturated)
            self._first_saturated = now.step, saturated

    def judge(self) -> list[Finding]:
        """Findings on the units."""
        found: list[Finding] = []
        share = self.curves.get("dormant_units").last
        order: tuple[Severity, ...] = ("look", "note")
        for severity in order:
            since = self._since.get(severity)
            if since is not None:
                words = f"{percent(share)} of the units of a layer are dormant"
                found.append(Finding("units-dormant", severity, since, words, share, (None, DORMANT_NOTE)))
                break
        if self._first_saturated is not None and self._first_saturated[1] > SATURATED_ABOVE:
            step, share = self._first_saturated
            words = f"{percent(share)} of the units of a layer are at an end of their range at the start"
            found.append(Finding("units-saturated", "look", step, words, share, (None, SATURATED_ABOVE)))
        return found


def shares(twin: Twin, ask: Callable[[], Any]) -> tuple[float | None, float | None]:
    """The largest share of dormant and of saturated units of any layer; None without such layers.

    What a layer of weights is given, the first one left aside, is what the units before it gave: rectified if
    none is negative, squashed if all are within -1 and 1. Dormant: ``E|h_i| / mean_j E|h_j| <= 0.025``
    (Sokar et al., 2023). Saturated: ``E[|h_i| > 0.99] > 0.9``.
    """
    nn = twin.torch.nn
    dormant: list[float] = []
    saturated: list[float] = []
    seen: set[int] = set()
    first: list[Any] = []

    def note(module: Any, given: Any) -> None:
        del module
        units = given[0]
        if not first or units is first[0]:
            first[:] = [units]
            return
        if id(units) in seen or units.ndim < 2 or units.shape[1] < FEWEST_UNITS:
            return
        seen.add(id(units))
        size = units.abs().reshape(len(units), units.shape[1], -1).mean(2)
        if float(units.min()) >= 0.0:
            mean = size.mean(0)
            dormant.append(float((mean <= TAU * mean.mean()).float().mean()))
        elif float(units.abs().max()) <= 1.0:
            saturated.append(float(((size > END).float().mean(0) > 0.9).float().mean()))

    kinds = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
    handles = [m.register_forward_pre_hook(note) for m in twin.copy.modules() if isinstance(m, kinds)]
    try:
        ask()
    finally:
        for handle in handles:
            handle.remove()
    return (max(dormant) if dormant else None), (max(saturated) if saturated else None)
