"""How well the critic fits the returns that followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.monitors.findings.finding import Finding
from rlprobe.monitors.holding import Held
from rlprobe.monitors.signals.data import largest
from rlprobe.monitors.signals.scale import Scale
from rlprobe.output.numbers import percent, short

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.findings.kind import Severity
    from rlprobe.monitors.holding import Moment

    Floats = NDArray[np.float64]

FEWEST_POINTS = 64
FEWEST_ENDS = 12
SAME_WITHIN_SHARE = 0.1
"""Returns that vary by less than this share of their size leave nothing to explain."""
EXPLAINS_BELOW, RESIDUAL_ABOVE = -0.1, 0.95
EARLIEST, LATE = 0.1, 0.25
OVER_SHARE, OVER_STDS = 0.2, 1.0
SHRINKING_BELOW, EARLIER = 0.97, 10
"""An offset below this share of its largest one, over so many looks, is being learned away."""
GROWING_ABOVE = 1.05
OFFSET_SHARE, OFFSET_STDS = 0.5, 1.0
CORRELATED, UNCORRELATED = 0.8, 0.3
STEEP_ABOVE, FLAT_BELOW = 0.6, 0.3
OPPOSITE_SHARE = 0.25
"""Values of the wrong sign are at least this share of the returns in size."""
LOGGED_ABOVE = 0.5
"""An explained variance in the logs that lets a critic look good."""
STATES_OF_FIT = (
    ("explains", "value-explains-nothing", EXPLAINS_BELOW),
    ("residual", "value-residual", 1.0 - RESIDUAL_ABOVE),
)
STATES = ("explains", "residual", "offset", "settled", "over")


@dataclass(frozen=True)
class Fit:
    """Values against the returns that followed.

    Args:
        variance: ``1 - Var(G - V) / Var(G)``.
        r2: ``1 - E (G - V)^2 / Var(G)``.
        offset: ``E (V - G)``.
        size: ``E |G|``.
        spread: standard deviation of ``G``.
    """

    variance: float
    r2: float
    offset: float
    size: float
    spread: float

    @property
    def tells(self) -> bool:
        """Whether the returns vary enough for the fit to mean something."""
        return self.spread > SAME_WITHIN_SHARE * self.size and self.spread > 1e-6


def fit(values: Floats, outcomes: Floats) -> Fit:
    """Explained variance, with and without the offset, against realised returns.

    Args:
        values: of the critic, ``(n,)``.
        outcomes: ``sum_k gamma^k r_{t+k}`` from the same steps, ``(n,)``.

    >>> one = fit(np.array([101.0, 102.0, 103.0]), np.array([1.0, 2.0, 3.0]))
    >>> one.variance, round(one.r2), one.offset
    (1.0, -14999, 100.0)
    """
    spread = float(outcomes.std())
    floor = max(spread**2, 1e-12)
    error = outcomes - values
    return Fit(
        float(1.0 - error.var() / floor),
        float(1.0 - np.square(error).mean() / floor),
        float(-error.mean()),
        float(np.abs(outcomes).mean()),
        spread,
    )


class Critic:
    """Judges the fit of the critic over the run.

    Args:
        curves: where the values go.
    """

    def __init__(self, curves: Curves) -> None:
        self.curves, self.scale = curves, Scale(curves)
        self._held = {name: Held() for name in (*STATES, "back")}
        self._since: dict[str, int | None] = {}
        self._last: Fit | None = None

    def see(self, values: Floats, outcomes: Floats, now: Moment, *, of_actions: bool) -> None:
        """Values and returns at the same steps; ``of_actions`` for action values."""
        if len(values) < FEWEST_POINTS:
            return
        one = self._last = fit(values, outcomes)
        if one.tells:
            self.curves.add("explained_variance", now.step, one.variance)
            self.curves.add("r2", now.step, one.r2)
        self.curves.add("value_offset", now.step, one.offset)
        self.scale.see(largest(values), largest(outcomes), now)
        if of_actions:
            self.curves.add("q_overestimation", now.step, one.offset)
        known = now.share > 0
        off = abs(one.offset) > OFFSET_STDS * one.spread and abs(one.offset) > OFFSET_SHARE * one.size
        before = np.abs(self.curves.get("value_offset").values[:-1][-EARLIER:])
        stays = len(before) > 1 and abs(one.offset) >= SHRINKING_BELOW * float(before.max())
        learns = self._learns(one, before)
        states = {
            "explains": one.tells and one.variance < EXPLAINS_BELOW and (not known or now.share > EARLIEST),
            "residual": one.tells and not learns and 1.0 - one.variance > RESIDUAL_ABOVE,
            "offset": off and stays and one.size > 1e-6 and not of_actions,
            "settled": off and stays and not (self._grows() and not opposite(values, outcomes)),
            "over": of_actions and stays and one.offset > max(OVER_SHARE * one.size, OVER_STDS * one.spread),
        }
        for name, bad in states.items():
            self._since[name] = self._held[name].see(bool(bad), now)

    def _learns(self, one: Fit, before: Floats) -> bool:
        """Whether values still grow, or change and come nearer to the returns."""
        if len(before) < EARLIER // 2:
            return True
        sizes = self.curves.get("values").values[-EARLIER:]
        changes = abs(sizes[-1] - sizes[0]) > (GROWING_ABOVE - 1.0) * max(sizes)
        nearer = abs(one.offset) < SHRINKING_BELOW * float(before.max())
        return self._grows() or bool(changes and nearer)

    def _grows(self) -> bool:
        """Whether values still grow, as those of a new critic do, beyond the returns if clipped."""
        sizes = self.curves.get("values").values[-EARLIER:]
        return bool(sizes[-1] > GROWING_ABOVE * sizes[0])

    def see_ends(self, values: Floats, outcomes: Floats, left: Floats, now: Moment) -> None:
        """Whether the critic knows the last step of episodes, and the one before."""
        last, before = left == 1, left == 2
        if min(last.sum(), before.sum()) < FEWEST_ENDS:
            return
        known = correlation(values[last], outcomes[last])
        earlier = correlation(values[before], outcomes[before])
        self.curves.add("value_correlation", now.step, earlier)
        self.curves.add("value_slope", now.step, slope(values[before], outcomes[before]))
        varies = outcomes[before].std() > 0.5 * outcomes[last].std()
        flat = slope(values[before], outcomes[before]) < FLAT_BELOW and (
            slope(values[last], outcomes[last]) > STEEP_ABOVE
        )
        bad = known > CORRELATED and (earlier < UNCORRELATED or flat) and varies
        self._since["back"] = self._held["back"].see(bool(bad), now)

    def judge(self, now: Moment) -> list[Finding]:
        """Findings on the critic, once they hold to the end or far into a run of known length."""
        if self._last is None or now.share < LATE:
            return []
        one = self._last
        found: list[Finding] = []
        since = self._since
        if since.get("over") is not None:
            words = f"action values exceed the returns that followed by {short(one.offset)} on average"
            limit = max(OVER_SHARE * one.size, OVER_STDS * one.spread)
            found.append(
                Finding("q-overestimated", "look", since["over"] or 0, words, one.offset, (None, limit))
            )
        elif since.get("offset") is not None:
            limit = max(OFFSET_SHARE * one.size, OFFSET_STDS * one.spread)
            severity: Severity = "note" if since.get("settled") is None else "look"
            still = " and still grow" if severity == "note" else ""
            words = f"values are off by {short(one.offset)}{still}; returns are {short(one.size)} in size"
            found.append(
                Finding("value-offset", severity, since["offset"] or 0, words, one.offset, (-limit, limit))
            )
        found += self.scale.judge(now)
        if since.get("back") is not None:
            earlier = self.curves.get("value_correlation").last
            rise = percent(self.curves.get("value_slope").last)
            words = (
                f"one step before the last, values rise by {rise} of the returns, with a correlation of "
                f"{short(earlier)}; at the last step they know them"
            )
            bounds = (UNCORRELATED, 1.0)
            found.append(
                Finding("value-not-carried-back", "look", since["back"] or 0, words, earlier, bounds)
            )
        for state, name, limit in STATES_OF_FIT:
            held = since.get(state)
            if held is not None and (now.final or state == "explains"):
                found.append(self._fit(one, held, name, limit))
                break
        return found

    def _fit(self, one: Fit, since: int, name: str, limit: float) -> Finding:
        """The finding on a fit that is bad, or on an echo where the script logs a good one."""
        logged = [
            float(np.mean(series.values[-5:]))
            for key, series in self.curves.all.items()
            if key.startswith("logged/") and key.endswith("explained_variance")
        ]
        words = f"explained variance against realised returns is {short(one.variance)}"
        if logged and logged[0] > LOGGED_ABOVE:
            name = "value-echo"
            words = f"the script logs {short(logged[0])}; {words}"
        return Finding(name, "look", since, words, one.variance, (limit, 1.0))


def opposite(values: Floats, outcomes: Floats) -> bool:
    """Whether values have the other sign than returns, and not only because they are small."""
    value, outcome = float(values.mean()), float(outcomes.mean())
    return value * outcome < 0 and abs(value) > OPPOSITE_SHARE * abs(outcome)


def slope(values: Floats, outcomes: Floats) -> float:
    """By how much values rise with the return: 1 for a critic that is right, 0 for one that knows nothing.

    >>> slope(np.array([0.1, 0.2, 0.3]), np.array([1.0, 2.0, 3.0])).__round__(6)
    0.1
    """
    spread = float(outcomes.var())
    return float(((values - values.mean()) * (outcomes - outcomes.mean())).mean() / max(spread, 1e-12))


def correlation(values: Any, outcomes: Any) -> float:
    """Pearson's correlation; 0 if one of them is constant."""
    v, g = np.asarray(values, float), np.asarray(outcomes, float)
    if len(v) < 2 or v.std() < 1e-12 or g.std() < 1e-12:
        return 0.0
    return float(np.corrcoef(v, g)[0, 1])
