"""Values that were trained to nearly 0 everywhere: rewards scaled down, so that faults look alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlprobe.diagnosis.judging.result import Result

SMALL_SHARE, MOVED_TIMES = 0.05, 2.0
"""Values are small below this share of the exact ones. They were trained to be if at first they were so many
times their size away."""
LEAST_PROBES, MOST_SHARE = 4, 0.75
"""On so many failing probes at least, and on this share of them."""


def near_zero(results: Iterable[Result]) -> bool:
    """Whether the values of most failing probes are tiny, and were not so at first."""
    failed = [one for one in results if one.outcome == "fail" and one.trial.probe.asks == "value"]
    small = sum(map(_shrunk, failed))
    return len(failed) >= LEAST_PROBES and small >= MOST_SHARE * len(failed)


def _shrunk(result: Result) -> bool:
    size, exact = abs(np.asarray(result.learned)), abs(np.asarray(result.expected))
    first = [run.initial for run in result.runs if run.initial is not None]
    if not first or not size.max() < SMALL_SHARE * exact.max():
        return False
    moved = abs(np.mean(first, axis=0) - np.asarray(result.learned))
    return bool(moved.mean() > MOVED_TIMES * size.mean())
