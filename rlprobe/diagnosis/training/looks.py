"""The actions an agent believed best at each look, and whether they were optimal."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.diagnosis.training.continuous import equal, still

if TYPE_CHECKING:
    from numpy.typing import NDArray

STREAK, LONGEST_STREAK = 3, 12
"""A run ends after this many looks in a row with optimal actions: at least and at most; each change between
optimal and not needs more. A policy that learns nothing also reaches the optimal actions, but leaves them."""
NOW_AND_THEN = 0.15
"""Actions come and go if they were optimal in this share of the later looks."""
WORSE_LOOKS = 8
"""A critic values a policy below random play for good if it does at so many looks in a row."""

SMOOTH_ABOVE = 0.3
"""A curve is smooth if the correlation of each change with the next one is larger; that of noise is -0.5."""


@dataclass
class Looks:
    """What each look showed.

    Args:
        history: ``(n, *action_shape)`` the actions at each look.
        solved: whether they were optimal at each look.
        worse: whether the critic valued the policy below random play, at each look.
    """

    history: list[NDArray[Any]] = field(default_factory=list)
    solved: list[bool] = field(default_factory=list)
    worse: list[bool] = field(default_factory=list)

    @property
    def streak(self) -> int:
        """How many looks in a row have to show optimal actions."""
        return min(max(STREAK, self._changes + STREAK * self._relapses), LONGEST_STREAK)

    @property
    def is_solved_for_good(self) -> bool:
        """Whether enough looks in a row show optimal actions."""
        return len(self.solved) >= self.streak and all(self.solved[-self.streak :])

    def same_for_long(self, where: NDArray[np.bool_]) -> bool:
        """Whether the actions at some observations have long been the same, right or not."""
        if len(self.history) < LONGEST_STREAK:
            return False
        recent = np.array(self.history[-LONGEST_STREAK:])[:, where]
        return bool((recent == recent[-1]).all())

    @property
    def is_worse_than_random(self) -> bool:
        """Whether the policy settled on wrong actions that its critic values below random play."""
        recent = self.history[-WORSE_LOOKS:]
        same = all(still(recent[0], actions) and equal(recent[0], actions) for actions in recent)
        worse = len(self.worse) >= WORSE_LOOKS and all(self.worse[-WORSE_LOOKS:])
        return worse and not any(self.solved[-WORSE_LOOKS:]) and same

    @property
    def _changes(self) -> int:
        """How often discrete actions were others than at the look before."""
        discrete = self.history[0].dtype.kind != "f"
        return sum(discrete and bool((a != b).any()) for a, b in pairwise(self.history))

    @property
    def _relapses(self) -> int:
        """How often the actions were optimal at one look and not at the next."""
        return sum(before and not after for before, after in pairwise(self.solved))

    @property
    def is_solved(self) -> bool:
        """Whether the actions are optimal, and not only now and then.

        A continuous action that hovers about the optimum crosses the bound of what counts as optimal often;
        hardly any other action comes there by chance.
        """
        if self.history[-1].dtype.kind == "f":
            return self.solved[-1]
        recent = self.solved[-LONGEST_STREAK:]
        return self.solved[-1] and (not self._relapses or 2 * sum(recent) > len(recent))

    @property
    def is_steady(self) -> bool:
        """Whether the last looks agree on whether the actions are optimal."""
        return len(self.solved) >= STREAK and len(set(self.solved[-STREAK:])) == 1

    @property
    def come_and_go(self) -> bool:
        """Whether actions were optimal now and then, to the end."""
        late = self.solved[len(self.solved) // 2 :]
        return not self.is_solved and sum(late) > NOW_AND_THEN * len(late)


def turned_smoothly(curve: NDArray[np.float64], far: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which of several curves turned around, further than ``far``, and not by noise.

    After few updates, momentum carries values beyond the numbers that they converge to, and back.

    Args:
        curve: ``(looks, n)``.
        far: ``(n,)``.

    >>> there = np.linspace(0.0, 1.0, 12)
    >>> turned_smoothly(np.stack([np.sin(3.0 * there), there, there % 0.2], axis=1), np.full(3, 0.1))
    array([ True, False, False])
    """
    steps, middle = np.diff(curve, axis=0), curve[len(curve) // 2]
    smooth = (steps[1:] * steps[:-1]).sum(axis=0) > SMOOTH_ABOVE * (steps**2).sum(axis=0)
    turned = (middle - curve[0]) * (curve[-1] - middle) < 0.0
    return np.asarray(smooth & turned & (np.ptp(curve, axis=0) > far))
