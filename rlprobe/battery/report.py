"""A battery on a terminal of 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.battery.problems import short
from rlprobe.comparison.log import Series
from rlprobe.comparison.report.terminal import wrapped
from rlprobe.comparison.report.words import difference
from rlprobe.comparison.scoring import At, score
from rlprobe.output.numbers import short as number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.battery.changes import Changed
    from rlprobe.battery.saved import Saved

WIDTH = 80


def lines(now: Saved, changed: Sequence[Changed], before: Saved | None) -> list[str]:
    """What was measured, and what has changed."""
    made: list[str] = []
    if before:
        made.append(title(now, changed, before))
        for one in changed:
            made.append(f"  {one.sentence}")
            made += wrapped(difference(one.pair), "    ") if one.pair else []
        made.append("")
    made.append(f"  {'problem':24} {'seeds':>5} {'mean':>9} {'lowest':>9} {'highest':>9}")
    for env, seeds in now.curves.items():
        curves = [Series.of(*zip(*points, strict=True)) for points in seeds.values()]
        budget = min(float(curve.steps[-1]) for curve in curves)
        scores = np.array([score(curve, At(), budget) for curve in curves])
        cells = "".join(f" {number(float(v)):>9}" for v in (scores.mean(), scores.min(), scores.max()))
        made.append(f"  {short(env):24} {len(scores):>5}{cells}")
    return [*made, *(f"  {line}"[:WIDTH] for line in missing(now, before))]


def title(now: Saved, changed: Sequence[Changed], before: Saved | None) -> str:
    """Where the agent has become worse, in a line."""
    if before is None:
        return f"{now.agent} on {len(now.curves)} problem{'s'[: len(now.curves) != 1]}"
    worse = ", ".join(short(one.env) for one in changed if one.change == "worse")
    return f"{now.agent}: " + (f"worse on {worse} since the last time" if worse else "nowhere clearly worse")


def missing(now: Saved, before: Saved | None) -> list[str]:
    """Problems without a curve, one line each."""
    lost = [short(env) for env in before.curves if env not in now.curves] if before else []
    return [
        *([f"not measured this time: {', '.join(lost)}"] if lost else []),
        *(f"not measured: {short(env)}: {why}" for env, why in now.skipped.items()),
    ]
