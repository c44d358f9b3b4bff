"""What random play says about an environment, in numbers and in one sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.stats.intervals import Share, Summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.recorder.episode import Episode

MOST_DISTINCT = 64


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
    found = Summary.of(np.asarray(values, dtype=float))
    return {
        "min": found.low,
        "q1": found.q1,
        "median": found.median,
        "q3": found.q3,
        "max": found.high,
        "mean": found.mean,
    }


def sentence(episodes: Sequence[Episode], rewards: Rewards) -> str:
    """How often random play gets a reward, with a 95 % interval."""
    whole = [e for e in episodes if e.complete]
    if not whole:
        return "No episode was finished, so it is unknown how often random play succeeds."
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
    share = Share(hits, count)
    interval = f"95 % interval {100 * share.low:.1f} to {100 * share.high:.1f} %"
    return f"{hits} of {count} episodes ({100 * share.value:.0f} %, {interval})"


def as_json(episodes: Sequence[Episode], rewards: Rewards) -> dict[str, Any]:
    """The statistics of the complete episodes and the sentence."""
    whole = [e for e in episodes if e.complete]
    share = Share(sum(e.rewarded for e in whole), len(whole))
    return {
        "complete_episodes": len(whole),
        "returns": quartiles([e.total for e in whole]),
        "lengths": quartiles([float(e.length) for e in whole]),
        "share_with_positive_reward": share.value if whole else None,
        "interval": [share.low, share.high],
        "sentence": sentence(episodes, rewards),
    }
