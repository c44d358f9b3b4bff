"""What an agent does while it learns, beside what its ``act`` says is best."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections import Counter

    from numpy.typing import NDArray

    from rlprobe.diagnosis.training.counting import Count
    from rlprobe.diagnosis.trial import Trial

LEAST_ACTIONS = 100
"""So many actions, taken while ``act`` said the same, say something about how the agent explores."""
SURE_Z = 4.5
"""Standard errors that a share must lie away from another one: a chance of about 3 in a million."""
FAR_BELOW_CHANCE = 0.75
"""The action that ``act`` says is taken less often than this factor of chance, if training avoids it."""
MOVED_BY = 0.1
"""A policy has moved if the share of an action changed by so much between two halves of a run."""
LEAST_CHOICES, LEAST_TRIED = 3, 20
"""Of so many actions, one was left out if each other one was taken so often, and it never."""
LEAST_OF_HALF, FALLS_BY = 60, 0.15
"""An agent explores ever more if the share of its best actions falls by so much between two halves of a run,
of so many actions each."""
PERHAPS_Z = 1.4
"""A fall by so many standard errors is worth more steps."""
LIKES_FROM = 0.2
"""A policy likes an action if its share lies so far above chance."""


@dataclass
class Behaviour:
    """The discrete actions of an agent in training, counted between two looks.

    Args:
        trial: the trial.
        count: counts the actions.
        matters: ``(n,)``: at which queried observations one action is better than another.
        totals: ``(n, A)`` counts at each look, from the beginning.
        believed: ``(n,)`` what ``act`` said at each look.
    """

    trial: Trial
    count: Count
    matters: NDArray[np.bool_]
    totals: list[NDArray[np.int64]] = field(default_factory=list)
    believed: list[NDArray[np.int64]] = field(default_factory=list)

    def look(self, believed: NDArray[Any]) -> None:
        """Keep the counts so far beside what ``act`` says now, counted from 0."""
        self.totals.append(action_counts(self.trial, self.count))
        self.believed.append(believed.astype(int) - self.trial.first_action)

    @property
    def avoids(self) -> str:
        """A sentence if training takes the actions that ``act`` says less often than by chance."""
        chosen, taken = self._agreement()
        few = chosen < FAR_BELOW_CHANCE * self._chance * taken
        if taken < LEAST_ACTIONS or not few or _above(chosen, taken, self._chance) > -SURE_Z:
            return ""
        return (
            f"during training, it took the action that act() returns in {chosen} of {taken} steps; "
            f"random play would in {self._chance * taken:.0f}"
        )

    @property
    def left_out(self) -> str:
        """A sentence if the first or the last action was never taken, and all others were."""
        counts = self.totals[-1].sum(axis=0)
        never = np.flatnonzero(counts == 0)
        ends = (0, len(counts) - 1)
        few = len(counts) < LEAST_CHOICES or len(never) != 1 or never[0] not in ends
        if few or np.delete(counts, never).min() < LEAST_TRIED:
            return ""
        action = self.trial.first_action + int(never[0])
        return (
            f"action {action} was never taken in {counts.sum()} steps, and each other one at least "
            f"{np.delete(counts, never).min()} times"
        )

    @property
    def explores_ever_more(self) -> str:
        """A sentence if training takes the actions that ``act`` says less and less often."""
        (early, n), (late, m) = self._kept_in_halves()
        if min(n, m) < LEAST_OF_HALF or early / n - late / m < FALLS_BY or self._fall < SURE_Z:
            return ""
        return (
            f"in the first half of the run, it took the action that act() returns in {early} of {n} steps, "
            f"and in the second half in {late} of {m}: it explores more and more"
        )

    @property
    def may_explore_ever_more(self) -> bool:
        """Whether training seems to take the actions that ``act`` says less and less often."""
        return self._fall > PERHAPS_Z

    @property
    def _fall(self) -> float:
        """By how many standard errors the share of its best actions fell between two halves of the run."""
        (early, n), (late, m) = self._kept_in_halves()
        if not n or not m:
            return 0.0
        share = (early + late) / (n + m)
        error = sqrt(share * (1 - share) * (1 / n + 1 / m))
        return (early / n - late / m) / error if error else 0.0

    def _kept_in_halves(self) -> tuple[tuple[int, int], tuple[int, int]]:
        middle = len(self.totals) // 2
        return self._kept_to(0, middle), self._kept_to(middle, len(self.totals) - 1)

    def _kept_to(self, first: int, last: int) -> tuple[int, int]:
        """How often actions called best at two looks in a row were taken between them, and how often any."""
        chosen = taken = 0
        for k in range(first, last):
            same = self.matters & (self.believed[k] == self.believed[k + 1])
            new = (self.totals[k + 1] - self.totals[k])[same]
            chosen += int(new[np.arange(len(new)), self.believed[k][same]].sum())
            taken += int(new.sum())
        return chosen, taken

    @property
    def indifferent(self) -> bool:
        """Whether it takes no action much more often than by chance in the second half of the run."""
        _, late = self._halves()
        return late.sum() >= LEAST_ACTIONS and bool(_shares(late).max() < self._chance + LIKES_FROM)

    @property
    def unmoved(self) -> bool:
        """Whether nothing was learned: ``act`` never changed, and neither did the shares of the actions."""
        early, late = self._halves()
        if early.sum() < LEAST_ACTIONS or not self.indifferent:
            return False
        same = all((one == self.believed[0]).all() for one in self.believed)
        return same and bool(abs(_shares(late) - _shares(early)).max() < MOVED_BY)

    def _halves(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The counts of the two halves of the run, where one action is better than another."""
        middle = self.totals[(len(self.totals) - 1) // 2]
        return middle[self.matters], (self.totals[-1] - middle)[self.matters]

    @property
    def _chance(self) -> float:
        return 1.0 / len(self.trial.mdp.actions)

    def _agreement(self) -> tuple[int, int]:
        """How often the actions that ``act`` calls best were taken, and how often any.

        At each observation, only the last looks count, at which ``act`` said the same.
        """
        chosen = taken = 0
        for i in np.flatnonzero(self.matters):
            same = len(self.believed) - 1
            while same and self.believed[same - 1][i] == self.believed[-1][i]:
                same -= 1
            new = self.totals[-1][i] - self.totals[same][i]
            chosen, taken = chosen + int(new[self.believed[-1][i]]), taken + int(new.sum())
        return chosen, taken


def action_counts(trial: Trial, count: Count) -> NDArray[np.int64]:
    """``(n, A)``: how often each action was taken at each queried observation."""
    return _table(trial, count.action_counts)


def early_counts(trial: Trial, count: Count) -> NDArray[np.int64]:
    """``(n, A)``: the same in the first steps."""
    return _table(trial, count.early_counts)


def _table(trial: Trial, counts: Counter[tuple[bytes, int]]) -> NDArray[np.int64]:
    first = trial.first_action
    actions = range(first, first + len(trial.mdp.actions))
    return np.array([[counts[seen.tobytes(), a] for a in actions] for seen in trial.queried])


def _shares(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """``(n, A)``: the share of each action at each observation."""
    return np.asarray(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))


def _above(hits: int, total: int, chance: float) -> float:
    """How many standard errors a share lies above chance; 0 without any."""
    return (hits - chance * total) / sqrt(chance * (1 - chance) * total) if total else 0.0
