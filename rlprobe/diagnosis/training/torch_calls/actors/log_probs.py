"""Watch which actions an agent takes log-probabilities of: when it samples them, and in its updates."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box

from rlprobe.diagnosis.training.torch_calls.backward import quietly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEAST_BATCH = 8
"""Log-probabilities of so many actions at once are those of an update."""
MOST_SEEN = 2_000
"""Calls that are looked at, of single actions and of batches each."""
AT_BOUND_SHARE, LEAST_BATCHES = 0.04, 3
"""Actions were clipped if this share of a batch is the same largest or smallest number, in so many batches,
while single ones go beyond it."""
NO_NOISE = 1e-3
"""Below this share of an action, the standard deviation of a policy leaves samples of one mean equal."""


@dataclass
class LogProbs:
    """The actions whose log-probabilities were taken, in calls of ``torch.distributions.Normal``.

    Args:
        components: gives the numbers in one action; 0 if it is no Box.
        lowest, highest: of single actions.
        bounds: how many batches had several actions at the same largest (1) or smallest (-1) number.
    """

    components: Callable[[], int]
    lowest: float = float("inf")
    highest: float = float("-inf")
    bounds: Counter[tuple[int, float]] = field(default_factory=Counter)
    singles: int = 0
    batches: int = 0

    def see(self, actions: Any, scale: Any) -> None:
        """Look at the actions of one call and the standard deviations of the policy, tensors."""
        wide = self.components()
        if not wide:
            return
        actions, scale = actions.detach(), scale.detach()
        if actions.numel() == wide and self.singles < MOST_SEEN:
            self.singles += 1
            self.lowest = min(self.lowest, float(actions.min()))
            self.highest = max(self.highest, float(actions.max()))
        elif actions.numel() >= LEAST_BATCH * wide and self.batches < MOST_SEEN:
            self.batches += 1
            flat = actions.reshape(-1).cpu().numpy()
            for side, bound in ((1, flat.max()), (-1, flat.min())):
                at = int((flat == bound).sum())
                several = 2 <= at < len(flat) and at >= AT_BOUND_SHARE * len(flat)
                if several and float(scale.min()) >= NO_NOISE * max(1.0, abs(bound)):
                    self.bounds[side, float(bound)] += 1

    @property
    def clipped(self) -> str:
        """A sentence if actions were clipped between sampling and update; empty otherwise."""
        for (side, bound), count in self.bounds.items():
            farthest = self.highest if side == 1 else self.lowest
            if count >= LEAST_BATCHES and side * (farthest - bound) > 1e-3 * max(1.0, abs(bound)):
                return (
                    f"log-probabilities of sampled actions go as far as {farthest:.3g}, but in {count} "
                    f"batches of updates several actions are exactly {bound:.3g} and none is beyond: "
                    "they were clipped in between"
                )
        return ""


def components_of(action_space: Any) -> int:
    """The numbers in one action; 0 if the space is no Box."""
    return max(1, int(np.prod(action_space.shape))) if isinstance(action_space, Box) else 0


@contextlib.contextmanager
def log_probs_seen(components: Callable[[], int]) -> Iterator[LogProbs]:
    """Record the log-probabilities that are taken meanwhile.

    Args:
        components: as for ``LogProbs``.
    """
    seen = LogProbs(components)
    torch = sys.modules.get("torch")
    if torch is None:
        yield seen
        return
    normal = torch.distributions.Normal
    original = normal.log_prob

    def log_prob(self: Any, value: Any) -> Any:
        result = original(self, value)
        quietly(seen.see)(value, self.scale)
        return result

    normal.log_prob = log_prob
    try:
        yield seen
    finally:
        normal.log_prob = original
