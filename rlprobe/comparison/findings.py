"""What a comparison found, as data; the reports and the command read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlprobe.comparison.log import Floats
    from rlprobe.comparison.run import Run
    from rlprobe.comparison.statistics.difference import Difference
    from rlprobe.comparison.statistics.sequential import Looked
    from rlprobe.stats.intervals import Share

Verdict = Literal["better", "worse", "noise", "too few seeds"]


@dataclass(frozen=True)
class Group:
    """The seeds of one algorithm on one task.

    Args:
        name: of the argument.
        task: id of the environment, or nothing.
        runs: the runs, in the order of their seeds.
        scores: ``(n,)`` one number a run.
        noise_floor: what as many other seeds differ by in one of four draws.
        tolerance: where 80 % of all runs fall, with confidence 90 %; infinite for returns with two humps.
        failing_below: score below which seeds failed, if the returns of the task have two humps.
        failed: share of failing seeds, those included whose returns became NaN.
        diverged: number of runs whose returns became NaN.
        worst: what a diverged run counts as where nothing may be better because it is left out.
    """

    name: str
    task: str
    runs: tuple[Run, ...]
    scores: Floats
    noise_floor: float
    tolerance: tuple[float, float]
    failing_below: float | None
    failed: Share | None
    diverged: int = 0
    worst: float = 0.0

    @property
    def filled(self) -> Floats:
        """The scores, with diverged runs as the worst of all in front."""
        return np.concatenate([np.full(self.diverged, self.worst), self.scores])

    @property
    def label(self) -> str:
        """Name and task."""
        return f"{self.name} on {self.task}" if self.task else self.name


@dataclass(frozen=True)
class Pair:
    """Two groups on one task.

    Args:
        a: the first group.
        b: the second.
        difference: mean of the first minus mean of the second, with its interval.
        p: p-value, corrected for the number of pairs.
        verdict: of the first group.
        needed: seeds of each group for 80 % power: for the difference seen, and for parts of the range.
        pairs: number of pairs that the p-value is corrected for.
        looked: what the looks at growing numbers of seeds have shown, if it was asked for.
    """

    a: Group
    b: Group
    difference: Difference
    p: float
    verdict: Verdict
    needed: Mapping[str, tuple[int, int]]
    pairs: int = 1
    looked: Looked | None = None


@dataclass(frozen=True)
class Findings:
    """What `rlprobe.compare` found.

    Args:
        pairs: every pair of groups, task by task.
        groups: every group of every task.
        metric: what was compared.
        at: which part of the curves, in words.
        budget: by task, the step up to which curves are compared.
        problems: what was left out, cut or doubtful, one line each.
    """

    pairs: tuple[Pair, ...]
    groups: tuple[Group, ...]
    metric: str
    at: str
    budget: Mapping[str, float]
    problems: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Of the clearest pair; noise where tasks contradict each other."""
        clear = [pair for pair in self.pairs if pair.verdict in {"better", "worse"}]
        if not clear:
            return "noise" if any(pair.verdict == "noise" for pair in self.pairs) else "too few seeds"
        best = min(clear, key=lambda pair: pair.p)
        same = [pair.verdict for pair in clear if (pair.a.name, pair.b.name) == (best.a.name, best.b.name)]
        return best.verdict if len(set(same)) == 1 else "noise"

    @property
    def noise_floor(self) -> float:
        """The largest noise floor of the groups of the first pair."""
        return max(self.pairs[0].a.noise_floor, self.pairs[0].b.noise_floor)
