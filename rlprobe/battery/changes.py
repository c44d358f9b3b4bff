"""A battery against the last one: on which problems the agent has become better or worse."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rlprobe.battery.problems import short
from rlprobe.comparison.concluding import concluded
from rlprobe.comparison.log import LogError, Series
from rlprobe.comparison.run import Run
from rlprobe.comparison.scoring import At

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.battery.saved import Saved
    from rlprobe.battery.training import Points
    from rlprobe.comparison.findings import Pair

NOW, BEFORE = "now", "before"
Change = Literal["better", "worse", "no clear change", "too few seeds", "unchanged"]


@dataclass(frozen=True)
class Changed:
    """What has changed on one problem.

    Args:
        env: the problem.
        change: in a word; ``"unchanged"`` if every return is the same to the last bit.
        pair: the comparison, unless nothing changed.
    """

    env: str
    change: Change
    pair: Pair | None = None

    @property
    def sentence(self) -> str:
        """The change in words."""
        words = {
            "better": f"better on {short(self.env)} since the last time",
            "worse": f"worse on {short(self.env)} since the last time",
            "no clear change": f"no clear change on {short(self.env)}",
            "too few seeds": f"too few seeds to tell on {short(self.env)}",
            "unchanged": f"unchanged on {short(self.env)}: every return is the same",
        }
        return words[self.change]


def changes(now: Saved, before: Saved) -> list[Changed]:
    """The change on every problem that both batteries have.

    The seeds are taken as all there is to see: it is the same agent both times, and six seeds must do.
    """
    both = [env for env in now.curves if env in before.curves]
    same = [env for env in both if now.curves[env] == before.curves[env]]
    runs = [
        run_of(group, env, seed, points)
        for group, saved in ((NOW, now), (BEFORE, before))
        for env in both
        if env not in same
        for seed, points in saved.curves[env].items()
    ]
    pairs = {pair.a.task: pair for pair in _compared(runs)} if runs else {}
    made = [Changed(env, "unchanged") for env in same]
    made += [
        Changed(env, "no clear change" if pair.verdict == "noise" else pair.verdict, pair)
        for env, pair in pairs.items()
    ]
    return sorted(made, key=lambda one: both.index(one.env))


def _compared(runs: list[Run]) -> Sequence[Pair]:
    try:
        return concluded(runs, [NOW, BEFORE], "training return", At(), []).pairs
    except LogError:  # nothing is left to compare
        return ()


def run_of(group: str, env: str, seed: str, points: Points) -> Run:
    """One curve of a battery as a run of a comparison."""
    curve = Series.of(*zip(*points, strict=True))
    return Run(
        group,
        Path(f"{group}/{env}/{seed}"),
        curve,
        seed=seed,
        seed_from="the battery",
        metric="return",
        task=env,
        source="battery",
    )
