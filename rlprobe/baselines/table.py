"""The table of baselines: one row for each method, best first, and a verdict."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.output.files import write_atomically
from rlprobe.stats.intervals import half_width

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

SCHEMA: Final = 1
Curve = tuple[tuple[int, float], ...]
"""``(steps, return)`` while a method learns."""


@dataclass(frozen=True)
class Row:
    """The result of one method.

    Args:
        name: of the method.
        kind: ``"random"``, ``"constant"``, ``"held"``, ``"linear"``, ``"tabular"``, ``"network"`` or
            ``"yours"``.
        returns: of the evaluation episodes, undiscounted, with the method's final policy.
        best: the best return of any episode, training episodes included.
        steps: environment steps that the method took, all in all.
        seconds: wall time that it took.
        note: a remark of a few words.
        curves: returns while it learned, one curve for each seed.
    """

    name: str
    kind: str
    returns: tuple[float, ...]
    best: float
    steps: int
    seconds: float
    note: str = ""
    curves: tuple[Curve, ...] = ()

    @property
    def mean(self) -> float:
        """The mean return of the evaluation episodes."""
        return float(np.mean(self.returns))

    @property
    def half(self) -> float:
        """Half the 95 % interval of the mean; infinite for a single episode."""
        return float(half_width(np.asarray(self.returns)))

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval of the mean."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval of the mean."""
        return self.mean + self.half


@dataclass(frozen=True)
class Missing:
    """A method without a row, and why."""

    name: str
    why: str


@dataclass(frozen=True)
class Facts:
    """What random play tells of the environment.

    Args:
        returns: of random play.
        distinct_rewards: whether random play met more than one value of the reward.
        terminations: episodes of random play that terminated.
        step_seconds: wall time of one step; 0 if unknown.
        cut_at: steps after which episodes without a time limit are cut; None if none was.
    """

    returns: tuple[float, ...] = ()
    distinct_rewards: bool = False
    terminations: int = 0
    step_seconds: float = 0.0
    cut_at: int | None = None

    @property
    def signal(self) -> bool:
        """Whether random play meets anything to learn from."""
        return self.distinct_rewards or self.terminations > 0 or len(set(self.returns)) > 1


@dataclass(frozen=True)
class Table:
    """All rows, best first.

    Args:
        env: what the user typed.
        threshold: the mean return from which the environment counts as solved; None if it declares none.
        rows: the methods, by their mean return.
        missing: methods that could not be measured, with the reason.
        facts: what random play shows of the environment.
        verdict: one sentence.
        seconds: wall time of the whole table.
        crash: what the agent of ``--vs`` raised.
        cached: whether it was read from the cache.
        settings: what it was measured with.
    """

    env: str
    threshold: float | None
    rows: tuple[Row, ...]
    missing: tuple[Missing, ...] = ()
    facts: Facts = field(default_factory=Facts)
    verdict: str = ""
    seconds: float = 0.0
    crash: str = ""
    cached: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)

    def solved(self, row: Row) -> bool | None:
        """Whether the mean of ``row`` reaches the threshold; None without one."""
        return None if self.threshold is None else row.mean >= self.threshold

    def row(self, *kinds: str) -> Row | None:
        """The best row of some kinds."""
        return next((row for row in self.rows if row.kind in kinds), None)

    def as_json(self) -> dict[str, Any]:
        """The table as plain values, schema 1."""
        rows = [
            {
                "name": row.name,
                "kind": row.kind,
                "mean": row.mean,
                "low": _finite(row.low),
                "high": _finite(row.high),
                "best": row.best,
                "steps": row.steps,
                "seconds": round(row.seconds, 3),
                "solved": self.solved(row),
                "returns": row.returns,
                "note": row.note,
                "curves": row.curves,
            }
            for row in self.rows
        ]
        return {
            "schema": SCHEMA,
            "env": self.env,
            "threshold": self.threshold,
            "rows": rows,
            "missing": [asdict(one) for one in self.missing],
            "verdict": self.verdict,
            "seconds": round(self.seconds, 1),
            "random_play": asdict(self.facts),
            "cached": self.cached,
            "settings": dict(self.settings),
        }

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Write the table to ``path``, all or nothing."""
        write_atomically(path, json.dumps(self.as_json(), indent=1).encode())


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
