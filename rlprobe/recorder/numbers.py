"""What random play says about an environment, in numbers and in one sentence."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.recorder.episode import Episode

MOST_DISTINCT = 64


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927).

    >>> [round(end, 3) for end in wilson(0, 10)]
    [0.0, 0.278]
    """
    if not count:
        return 0.0, 1.0
    z, share = 1.959964, hits / count
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


@dataclass
class Rewards:
    """How often each reward occurred, as long as there are few different ones."""

    seen: Counter[float] = field(default_factory=Counter)
    many: bool = False

    def add(self, reward: float) -> None:
        """Count one reward."""
        if not self.many:
            self.seen[reward] += 1
            self.many = len(self.seen) > MOST_DISTINCT


def quartiles(values: Sequence[float]) -> dict[str, float] | None:
    """Minimum, quartiles, maximum and mean; None of nothing."""
    if not values:
        return None
    least, q1, median, q3, most = (float(v) for v in np.quantile(values, [0, 0.25, 0.5, 0.75, 1]))
    return {"min": least, "q1": q1, "median": median, "q3": q3, "max": most, "mean": float(np.mean(values))}


def sentence(episodes: Sequence[Episode], rewards: Rewards) -> str:
    """How often random play does the right thing, with an interval."""
    whole = [e for e in episodes if e.complete]
    if not whole:
        return (
            "No episode was played to its end, so nothing can be said about how often random play succeeds."
        )
    if rewards.many or len(rewards.seen) > 1:
        hits = sum(e.rewarded for e in whole)
        return f"Random play got a positive reward in {_share(hits, len(whole))}."
    only = next(iter(rewards.seen), 0.0)
    if only == 0:
        return f"Random play never got a reward: {_share(0, len(whole))}."
    if only > 0:
        hits = sum(e.ended == "truncated" for e in whole)
        return (
            f"Every step gave {only:g}: random play lasted to the time limit in {_share(hits, len(whole))}."
        )
    hits = sum(e.ended == "terminated" for e in whole)
    return (
        f"Every step gave {only:g}: random play ended it before the time limit in {_share(hits, len(whole))}."
    )


def _share(hits: int, count: int) -> str:
    low, high = (100 * end for end in wilson(hits, count))
    return f"{hits} of {count} episodes ({100 * hits / count:.0f} %, 95 % interval {low:.1f} to {high:.1f} %)"


def as_json(episodes: Sequence[Episode], rewards: Rewards) -> dict[str, Any]:
    """The statistics of the complete episodes and the sentence."""
    whole = [e for e in episodes if e.complete]
    hits = sum(e.rewarded for e in whole)
    return {
        "complete_episodes": len(whole),
        "returns": quartiles([e.total for e in whole]),
        "lengths": quartiles([float(e.length) for e in whole]),
        "share_with_positive_reward": hits / len(whole) if whole else None,
        "interval": list(wilson(hits, len(whole))),
        "sentence": sentence(episodes, rewards),
    }
