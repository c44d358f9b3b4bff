"""Target networks: do they follow, and how far behind are they?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.monitors.findings.finding import Finding
from rlprobe.output.numbers import percent

if TYPE_CHECKING:
    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.findings.kind import Severity
    from rlprobe.monitors.holding import Moment

UPDATES_UNCHANGED = 1_000
STEPS_FOR_LOOK = 5_000
MOVED_ABOVE = 1e-3
MOST_WEIGHTS = 4_096
"""Of each parameter that are compared."""


class Targets:
    """Follows the weights of target networks.

    Args:
        curves: where the values go.
    """

    def __init__(self, curves: Curves) -> None:
        self.curves = curves
        self._first: dict[str, Any] = {}
        self._changed: set[str] = set()
        self._from: dict[str, tuple[int, int]] = {}
        self._lag: dict[str, float] = {}
        self._last: dict[str, tuple[int, int]] = {}

    def see(self, name: str, target: Any, online: Any, now: Moment, updates: int) -> None:
        """The weights of a target network and of the one it follows, as they are now."""
        weights = _flat(target)
        if name not in self._first or self._first[name].shape != weights.shape:
            self._first[name], self._from[name] = weights, (now.step, updates)
        elif not np.array_equal(self._first[name], weights):
            self._changed.add(name)
        lag = float(np.linalg.norm(_flat(online) - weights)) / max(float(np.linalg.norm(weights)), 1e-12)
        self._lag[name] = lag
        self._last[name] = now.step, updates
        self.curves.add("target_lag", now.step, lag)

    def judge(self, now: Moment, interval: int | None) -> list[Finding]:
        """Whether one of them never changes.

        Args:
            now: where the run is.
            interval: steps between copies, where the script says so.
        """
        for name, (step, first) in self._from.items():
            last, updates = self._last[name]
            if name in self._changed or updates - first < UPDATES_UNCHANGED or self._lag[name] < MOVED_ABOVE:
                continue
            waits = interval is not None and interval > last - step
            severity: Severity = "note" if waits or last - step < STEPS_FOR_LOOK else "look"
            if not now.final and (severity == "note" or now.share < 0.25):
                continue
            words = (
                f"{name} has not changed in {updates - first:,} updates, and is {percent(self._lag[name])} "
                "away from the network it should follow"
            )
            return [Finding("target-network-never-changes", severity, step, words, 0.0)]
        return []


def _flat(network: Any) -> Any:
    return np.concatenate(
        [p.detach().reshape(-1)[:MOST_WEIGHTS].cpu().double().numpy() for p in network.parameters()]
    )
