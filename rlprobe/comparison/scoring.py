"""One number a run: the mean of the end of its curve, its area, or its value at a step."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from rlprobe.comparison.log import Series

AT_STEP_SHARE: Final = 0.1
"""The value at a step is the mean over this share of the steps before it: one episode is mostly chance."""
EXAMPLES: Final = "expected last10%, auc or step=N, for instance step=100000"


@dataclass(frozen=True)
class At:
    """Which part of a curve is compared.

    Args:
        name: ``"last"``, ``"auc"`` or ``"step"``.
        amount: share of the steps at the end, or the step.
    """

    name: str = "last"
    amount: float = 0.1

    @classmethod
    def of(cls, words: str) -> At:
        """From the words of ``--at``.

        Raises:
            ValueError: they are not understood.

        >>> At.of("last10%"), At.of("step=5000").amount
        (At(name='last', amount=0.1), 5000.0)
        """
        text = words.strip().lower().replace("_", "").replace(",", "")
        last, step = (
            re.fullmatch(r"last(\d+(?:\.\d+)?)%?", text),
            re.fullmatch(r"step=(\d+(?:\.\d*)?(?:e\d+)?)", text),
        )
        if last and 0 < float(last[1]) <= 100:
            return cls("last", float(last[1]) / 100)
        if step and float(step[1]) > 0:
            return cls("step", float(step[1]))
        if text == "auc":
            return cls("auc", 1.0)
        raise ValueError(f"--at {words}: {EXAMPLES}")

    def __str__(self) -> str:
        if self.name == "last":
            return f"mean over the last {100 * self.amount:g} % of the steps"
        return (
            "mean over all steps (area under the curve)"
            if self.name == "auc"
            else f"value at step {self.amount:,.0f}"
        )


def score(curve: Series, at: At, budget: float) -> float:
    """The number of one curve, up to ``budget`` steps; its last value before if the part holds no point.

    >>> from rlprobe.comparison.log import Series
    >>> score(Series.of([1, 5, 10], [0.0, 2.0, 4.0]), At("last", 0.5), 10)
    3.0
    """
    steps, values = curve.steps, curve.values
    if at.name == "auc":
        return _area(steps, values, budget)
    end = min(at.amount, budget) if at.name == "step" else budget
    share = AT_STEP_SHARE if at.name == "step" else at.amount
    inside = (steps <= end) & (steps >= end * (1 - share))
    if inside.any():
        return float(values[inside].mean())
    before = np.flatnonzero(steps <= end)
    return float(values[before[-1]] if len(before) else values[0])


def _area(
    steps: np.ndarray[tuple[int], np.dtype[np.float64]],
    values: np.ndarray[tuple[int], np.dtype[np.float64]],
    budget: float,
) -> float:
    """Mean over the steps from the first point to the budget, each value standing until the next one."""
    kept = steps <= budget
    if kept.sum() < 2:
        return float(values[kept].mean() if kept.any() else values[0])
    x, y = np.append(steps[kept], budget), values[kept]
    widths = np.diff(x)
    return float((widths * y).sum() / widths.sum()) if widths.sum() > 0 else float(y.mean())
