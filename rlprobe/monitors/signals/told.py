"""Numbers that the training code tells by ``watch.update``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.monitors.findings.finding import Finding
from rlprobe.monitors.holding import Held
from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.findings.kind import Severity
    from rlprobe.monitors.holding import Moment

FEWEST_BEFORE = 10
KL_BOUNDS: tuple[tuple[float, Severity], ...] = ((1.0, "broken"), (0.1, "look"), (0.02, "note"))


class Told:
    """Judges numbers whose names are known.

    Args:
        curves: where the values go.
    """

    def __init__(self, curves: Curves) -> None:
        self.curves = curves
        self.count = 0
        self._not_finite: dict[str, int] = {}
        self._held: dict[str, Held] = {}
        self._since: dict[str, tuple[int, float]] = {}

    def tell(self, values: Mapping[str, float], now: Moment) -> None:
        """Numbers of one update.

        Raises:
            ValueError: one of them is no number.
        """
        self.count += 1
        for name, given in values.items():
            value = float(given)
            self.curves.add(name, now.step, value)
            if not np.isfinite(value):
                self._not_finite.setdefault(name, now.step)
            self._follow(name, value, now)

    def _follow(self, name: str, value: float, now: Moment) -> None:
        bounds = {"first_ratio_off": value > 1e-3, "explained_variance": value < 0.0 and now.share >= 0.1}
        for limit, severity in KL_BOUNDS:
            bounds[f"kl {severity}"] = name == "kl" and value > limit
        for key, bad in bounds.items():
            if key.split()[0] != name or self.count < FEWEST_BEFORE:
                continue
            since = self._held.setdefault(key, Held()).see(bad, now)
            if since is not None:
                self._since.setdefault(key, (since, value))

    def judge(self) -> list[Finding]:
        """Findings on the numbers that were told."""
        found = [
            Finding("gradient-not-finite", "broken", step, f"{name} is NaN or infinite")
            for name, step in self._not_finite.items()
        ]
        for key, (since, value) in self._since.items():
            if key == "first_ratio_off":
                words = f"the first ratio is off 1 by {short(value)}"
                found.append(Finding("first-ratio-not-one", "look", since, words, value, (0.0, 1e-3)))
            elif key == "explained_variance":
                words = f"explained variance is {short(value)}"
                found.append(Finding("value-explains-nothing", "look", since, words, value, (0.0, 1.0)))
        worst = next((s for _, s in KL_BOUNDS if f"kl {s}" in self._since), None)
        if worst is not None:
            since, value = self._since[f"kl {worst}"]
            words = f"KL divergence of an update is {short(value)}"
            found.append(Finding("policy-step-too-large", worst, since, words, value, (0.0, 0.02)))
        return found
