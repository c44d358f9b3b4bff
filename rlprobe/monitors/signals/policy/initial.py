"""The policy before anything was learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.monitors.findings.finding import Finding
from rlprobe.output.numbers import percent, short

if TYPE_CHECKING:
    from rlprobe.monitors.holding import Moment

PREFERRED_ABOVE = 0.9
SPREAD_ABOVE = 3.0


def judge_start(said: Any, now: Moment, torch: Any) -> list[Finding]:
    """How far the policy is from random actions before the first update.

    Args:
        said: its distributions at observations that were visited.
        now: where the run is.
        torch: the library.
    """
    if isinstance(said, torch.distributions.Categorical) and said.logits.shape[-1] > 1:
        largest = float(said.probs.max(-1).values.mean())
        words = f"the likeliest action has a chance of {percent(largest)} before the first update"
        return _found(words, largest, PREFERRED_ABOVE, now)
    if isinstance(said, torch.distributions.Normal):
        spread = float((said.loc.abs() / said.scale).mean())
        words = f"mean actions are {short(spread)} standard deviations from 0 before the first update"
        return _found(words, spread, SPREAD_ABOVE, now)
    return []


def _found(words: str, value: float, limit: float, now: Moment) -> list[Finding]:
    if value <= limit:
        return []
    return [Finding("initial-policy-not-random", "note", now.step, words, value, (None, limit))]
