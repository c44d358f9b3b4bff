"""What an agent does while it learns, beside what its ``act`` says is best."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Sequence

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
"""Of so many actions, one was left out if each other one was tried so often, and it never."""
LEAST_OF_PART, FALLS_BY = 60, 0.15
"""An agent explores ever more if the share of its best actions falls by so much between two parts of a run,
of so many actions each."""
LEAST_OF_STUCK, STICKS_FROM = 500, 0.97
"""A policy sticks to an action that is taken in this share of so many steps: it hardly tries others, and
learns nothing new of them."""
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
        """A sentence if the first or the last action was never taken, and all others were.

        One that is thought best somewhere is no action that was tried there: the rarest of the others counts.
        """
        counts = self.totals[-1].sum(axis=0)
        never = np.flatnonzero(counts == 0)
        ends = (0, len(counts) - 1)
        few = len(counts) < LEAST_CHOICES or len(never) != 1 or never[0] not in ends
        if few or np.delete(self.totals[-1], never, axis=1).min(axis=1).sum() < LEAST_TRIED:
            return ""
        action = self.trial.first_action + int(never[0])
        return (
            f"action {action} was never taken in {counts.sum()} steps, and each other one at least "
            f"{np.delete(counts, never).min()} times"
        )

    @property
    def kept(self) -> tuple[tuple[int, int], ...]:
        """From each look to the next: how often what ``act`` said was taken, and how often any action."""
        return tuple(self._kept_to(k, k + 1) for k in range(len(self.totals) - 1))

    @property
    def may_explore_ever_more(self) -> bool:
        """Whether training seems to take the actions that ``act`` says less and less often."""
        return _largest_fall([self.kept])[0] > PERHAPS_Z

    def _kept_to(self, first: int, last: int) -> tuple[int, int]:
        """How often an action called best at two looks was taken between them, and how often any."""
        same = self.matters & (self.believed[first] == self.believed[last])
        new = (self.totals[last] - self.totals[first])[same]
        return int(new[np.arange(len(new)), self.believed[first][same]].sum()), int(new.sum())

    @property
    def sticks(self) -> bool:
        """Whether it took one action nearly always in the last third of the run, wherever actions matter."""
        late = (self.totals[-1] - self.totals[2 * (len(self.totals) - 1) // 3])[self.matters]
        seen = late[late.sum(axis=1) >= LEAST_TRIED]
        return late.sum() >= LEAST_OF_STUCK and bool((_shares(seen).max(axis=1) >= STICKS_FROM).all())

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


def explores_ever_more(runs: Sequence[Sequence[tuple[int, int]]]) -> str:
    """A sentence if runs take the actions that they believe best less and less often.

    Args:
        runs: ``Behaviour.kept`` of each.
    """
    z, fall, (early, n), (late, m) = _largest_fall(runs)
    if z < SURE_Z or fall < FALLS_BY:
        return ""
    where = "the run" if len(runs) == 1 else f"{len(runs)} runs"
    return (
        f"in the first part of {where}, it took its best action in {early} of {n} steps, and later in {late} "
        f"of {m}: it explores more and more"
    )


def _largest_fall(
    runs: Sequence[Sequence[tuple[int, int]]],
) -> tuple[float, float, tuple[int, int], tuple[int, int]]:
    """By how many standard errors the share of the best actions fell, at the look at which that is most.

    A schedule may reach its end soon, so that two halves of a run would look alike. Several runs are compared
    each with itself. Source: Mantel and Haenszel (1959).

    Returns: the standard errors; the fall itself; and before and after that look, how often best actions were
    taken and how often any.
    """
    found = [(0.0, 0.0, (0, 1), (0, 1))]
    for k in range(1, max((len(run) for run in runs), default=0)):
        parts = [(*np.sum(run[:k], axis=0), *np.sum(run[k:], axis=0)) for run in runs if len(run) > k]
        early, n, late, m = np.array(parts, float).T
        both = n + m
        with np.errstate(invalid="ignore", divide="ignore"):
            share, weight = (early + late) / both, n * m / both
            above = np.nan_to_num(early - n * share).sum()
            error = sqrt(np.nan_to_num(weight * share * (1 - share)).sum())
        if min(n.sum(), m.sum()) >= LEAST_OF_PART and error:
            counts = (int(early.sum()), int(n.sum())), (int(late.sum()), int(m.sum()))
            found.append((above / error, above / np.nansum(weight), *counts))
    return max(found)


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
