"""Which actions a script chooses at the queried observations: those that it took last, or values most."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box

from rlprobe.diagnosis.code_words import CHOICES
from rlprobe.diagnosis.training.behaviour import LEAST_OF_PART, Behaviour, action_counts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from probe_envs import MDP
    from rlprobe.diagnosis.training.counting import Count
    from rlprobe.diagnosis.trial import Trial

CLEAR_FROM_STDS = 3.0
"""Standard deviations by which the most frequent action must exceed chance to be taken for the chosen one."""

LEAST_OF_CHANCE = 0.75
"""A script that takes the actions with the largest values less often than by this factor of chance chooses by
other values than those that are read, or two of them are as good as equal."""
POLICY = re.compile(r"log_?prob|log_?pi|softmax|policy_?grad|Categorical|entropy|reinforce", re.IGNORECASE)
"""Words of code that learns a policy, which may become more random as it learns."""


class Greedy:
    """What a script does beside the actions with the largest values.

    Args:
        trial: the trial.
        count: counts its actions.
        gamma: its discount.
    """

    def __init__(self, trial: Trial, count: Count, gamma: float) -> None:
        self.trial = trial
        self.first: NDArray[np.int64] | None = None
        self.has_values = False
        matters = trial.choices(gamma).best.sum(axis=1) == 1  # of equal ones, it may prefer another
        self.behaviour = Behaviour(trial, count, matters)

    def look(self, greedy: list[int | None]) -> None:
        """Keep the counts so far beside the actions with the largest values, counted from 0.

        The values of a network may be unknown before it is trained. The actions that were taken most before
        the first look stand for them, and only later ones are compared with these.
        """
        known = [one for one in greedy if one is not None]
        if len(known) == len(greedy):
            best, self.has_values = np.array(known), True
        elif self.first is None:
            best = self.first = action_counts(self.trial, self.behaviour.count).argmax(axis=1)
        else:
            best = self.first
        self.behaviour.look(best + self.trial.first_action)

    def findings(self, code: str, methods: Iterable[str]) -> dict[str, Any]:
        """The fields of a ``Run`` on how a script explores that chooses by the values of its actions."""
        if CHOICES not in methods or POLICY.search(code) or not self.has_values:
            return {}
        never, kept = self.behaviour.left_out, self.behaviour.kept
        late, least = kept[len(kept) // 2 :], LEAST_OF_CHANCE / len(self.trial.mdp.actions)
        taken, steps = np.sum(late or ((0, 0),), axis=0)
        parts = [(taken, steps), *(part for part in late if part[1] >= LEAST_OF_PART)]
        follows = taken > 0 and all(chosen >= least * of for chosen, of in parts)
        return {
            "kept": kept if follows else (),
            "observed": (("action-never-tried", never),) if never else (),
        }


def answers(mdp: MDP, latest: list[Any], greedy: list[int | None], copies: int) -> NDArray[Any]:
    """Its actions, ``copies`` for each queried observation.

    Args:
        mdp: the probe.
        latest: the latest actions at each queried observation, as the probe takes them.
        greedy: the action with the largest value at each, counted from 0, if there are values of actions.
        copies: how often each observation is queried.
    """
    space = mdp.action_space
    if isinstance(space, Box):
        centre = np.asarray((space.low + space.high) / 2, np.float64)
        means = [np.mean(row, axis=0) if row else centre for row in latest]
        return np.repeat(np.array(means, np.float32).reshape(len(latest), *space.shape), copies, axis=0)
    first = int(getattr(space, "start", 0) or 0)
    picked = [
        _picked([int(a[0]) - first for a in row], best, len(mdp.actions), copies) + first
        for row, best in zip(latest, greedy, strict=True)
    ]
    return np.concatenate(picked).astype(np.int64)


def _picked(actions: list[int], best: int | None, count: int, copies: int) -> NDArray[np.int64]:
    """``copies`` answers: the action that was plainly chosen.

    Else the one that has the largest value, if there are values of actions: the script still explores.
    Else the actions in their proportions.
    """
    if not actions:
        return np.arange(copies) % count if best is None else np.full(copies, best % count)
    times = np.bincount(actions, minlength=count)[:count]
    chance, total = 1.0 / count, times.sum()
    if count == 1 or times.max() - chance * total > CLEAR_FROM_STDS * np.sqrt(total * chance * (1 - chance)):
        return np.full(copies, times.argmax())
    if best is not None:
        return np.full(copies, best % count)
    shares = np.cumsum(times) / total
    return np.searchsorted(shares, (np.arange(copies) + 0.5) / copies)
