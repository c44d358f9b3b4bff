"""A comparison as plain data for JSON, schema 1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rlprobe.comparison.report.more_seeds import next_seeds

if TYPE_CHECKING:
    from rlprobe.comparison.findings import Findings, Group, Pair
    from rlprobe.comparison.run import Run
    from rlprobe.comparison.statistics.difference import Interval


def as_dict(found: Findings) -> dict[str, Any]:
    """Numbers that are infinite or unknown become ``None``."""
    return {
        "schema": 1,
        "verdict": found.verdict,
        "pairs": [_pair(pair) for pair in found.pairs],
        "noise_floor": _number(found.noise_floor),
        "failed_share": {group.label: _failed(group) for group in found.groups if group.failed},
        "metric": found.metric,
        "at": found.at,
        "budget": {task: _number(budget) for task, budget in found.budget.items()},
        "groups": [_group(group) for group in found.groups],
        "problems": list(found.problems),
    }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _pair(pair: Pair) -> dict[str, Any]:
    one = pair.difference
    return {
        "a": pair.a.name,
        "b": pair.b.name,
        "task": pair.a.task,
        "verdict": pair.verdict,
        "difference": _number(one.value),
        "low": _number(one.low),
        "high": _number(one.high),
        "p": pair.p,
        "p_alone": one.p,
        "if_none_fails": _interval(one.seen),
        "if_one_fails": _interval(one.if_one_fails),
        "method": one.method,
        "seeds": [len(pair.a.scores), len(pair.b.scores)],
        "needed": {name: list(range_) for name, range_ in pair.needed.items()},
        **({"until_clear": _looked(pair)} if pair.looked else {}),
    }


def _interval(one: Interval) -> dict[str, float | None]:
    return {"low": _number(one.low), "high": _number(one.high), "p": one.p}


def _looked(pair: Pair) -> dict[str, Any]:
    seen = pair.looked
    assert seen is not None
    run_next = {group.name: next_seeds(group, seen.more) for group in (pair.a, pair.b)} if seen.more else {}
    return {"look": seen.look, "seeds": seen.seeds, "p": seen.p, "level": seen.level, "run_next": run_next}


def _failed(group: Group) -> dict[str, Any]:
    share = group.failed
    assert share is not None
    return {
        "failed": share.hits,
        "seeds": share.total,
        "share": share.value,
        "low": share.low,
        "high": share.high,
        "below": group.failing_below,
        "diverged": group.diverged,
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "name": group.name,
        "task": group.task,
        "mean": _number(group.scores.mean()),
        "scores": [_number(score) for score in group.scores],
        "noise_floor": _number(group.noise_floor),
        "next_run": [_number(end) for end in group.tolerance],
        "runs": [_run(run) for run in group.runs],
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "path": str(run.path),
        "seed": run.seed or None,
        "seed_from": run.seed_from or None,
        "metric": run.metric,
        "source": run.source,
        "steps": _number(run.budget),
        "minimum": _number(run.curve.values.min()),
        "maximum": _number(run.curve.values.max()),
    }
