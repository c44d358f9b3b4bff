"""What PPO's losses are tried on, and how they follow from the gain of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.batches import batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs

AXES = {
    "log_probs": "B",
    "old_log_probs": "B",
    "advantages": "B",
    "values": "B",
    "old_values": "B",
    "returns": "B",
}
CLIPS = (0.2, 0.1, 0.3, 0.25)


def _make(random: np.random.Generator, rows: int) -> dict[str, Any]:
    old = random.normal(size=rows) - 1.5
    before = random.normal(size=rows) * 2
    return {
        "log_probs": old + random.normal(size=rows) * 0.4,
        "old_log_probs": old,
        "advantages": random.normal(size=rows) * 2 + 0.7,
        "values": before + random.normal(size=rows) * 0.5,
        "old_values": before,
        "returns": before + random.normal(size=rows) * 1.2,
        "clip": round(float(random.uniform(0.1, 0.35)), 2),
    }


def ppo_batches() -> Iterator[Case]:
    """Batches of a PPO update."""
    some = np.array([-1.0, -2.0, -0.5, -1.5])
    edges = {
        "a ratio of 1": {"log_probs": some, "old_log_probs": some},
        "large ratios": {
            "log_probs": some + 2,
            "old_log_probs": some,
            "advantages": np.array([1.0, -1.0, 2.0, -2.0]),
        },
        "small ratios": {
            "log_probs": some - 2,
            "old_log_probs": some,
            "advantages": np.array([1.0, -1.0, 2.0, -2.0]),
        },
    }
    return batches(
        _make,
        AXES,
        {"ratio": ratio, "log_ratio": lambda c: c.log_probs - c.old_log_probs},
        edges,
        smallest=2,
    )


def ratio(c: Case) -> Any:
    """The ratio of new to old probabilities."""
    return np.exp(c.log_probs - c.old_log_probs)


def _normal(x: Any, ddof: int) -> Any:
    return (x - x.mean()) / (x.std(ddof=ddof) + 1e-8)


PPO_OUTPUTS = {
    "the loss (negated, mean)": "",
    "the objective (to be maximised)": "",
    "the loss of each row": "B",
    "the objective of each row": "B",
    "the loss (negated, sum)": "",
    "the loss, advantages normalised inside": "",
    "the loss, advantages normalised inside by the population deviation": "",
    "clip fraction": "",
    "ratio": "B",
}


def clipped(c: Case, of: Any) -> Any:
    """A ratio, clipped."""
    return np.clip(of, 1 - c.clip, 1 + c.clip)


def surrogate(c: Case, advantages: Any, of: Any) -> Any:
    """The smaller of both terms of each row."""
    return np.minimum(of * advantages, clipped(c, of) * advantages)


def losses(gain: Callable[[Case, Any], Any], c: Case) -> Outputs:
    """Every result that follows from the gain of each row."""
    rows = gain(c, c.advantages)
    each = ratio(c)
    inside = [-gain(c, _normal(c.advantages, ddof)).mean() for ddof in (1, 0)]
    parts = (
        -rows.mean(),
        rows.mean(),
        -rows,
        rows,
        -rows.sum(),
        *inside,
        (np.abs(each - 1) > c.clip).mean(),
        each,
    )
    return dict(zip(PPO_OUTPUTS, parts, strict=True))


def by_gain(gain: Callable[[Case, Any], Any]) -> Callable[[Case], Outputs]:
    """The results of a gain, for each case."""
    return lambda c: losses(gain, c)


def right_gain(c: Case, advantages: Any) -> Any:
    """The right gain of each row."""
    return surrogate(c, advantages, ratio(c))


def table_of_pairs(c: Case) -> Any:
    """The gain of every ratio with every advantage: ``(N, 1)`` met ``(N,)``."""
    return surrogate(c, c.advantages[None], ratio(c)[:, None])


def reduced(table: Any) -> Outputs:
    """The results of a gain that is no longer one of rows."""
    return {
        "the loss (negated, mean)": -table.mean(),
        "the objective (to be maximised)": table.mean(),
        "the loss (negated, sum)": -table.sum(),
    }
