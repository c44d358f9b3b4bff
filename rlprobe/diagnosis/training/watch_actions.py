"""Follow the actions an agent believes best, until they stay optimal."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box, Discrete

from probe_envs import evaluate, solve
from rlprobe.diagnosis import questions
from rlprobe.diagnosis.probe_settings import settings_of
from rlprobe.diagnosis.trial import tolerance

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from rlprobe.diagnosis.trial import Trial

QUERY_COPIES, SOLVED_SHARE = 8, 0.85
"""Each observation is queried this often at once, and at least this share of the actions must be optimal.
A policy that samples at random is optimal now and then, but not in most samples."""
LOST_REWARD_ALLOWED = 0.02
"""A continuous action counts as optimal if it loses at most this much reward."""

STREAK, LONGEST_STREAK = 3, 12
"""A run ends after this many chunks in a row with optimal actions: at least and at most; each change between
optimal and not needs more. A policy that learns nothing also reaches the optimal actions, but leaves them."""

NOW_AND_THEN = 0.15
"""Actions that depend on values come and go if they were optimal in this share of the later looks."""
COMES_AND_GOES = (
    "the best action came and went: the values are too noisy to choose it; a smaller step size may do"
)

WORSE_LOOKS, WORSE_AFTER_STEPS = 8, 1_500
"""A run ends as failed if its critic values the policy below random play, and below its first values, at so
many looks in a row, while the actions stay wrong, after at least so many steps. No slow correct agent falls
so low."""


@dataclass
class WatchActions:
    """The actions an agent believes best after each chunk of training."""

    agent: Any
    trial: Trial
    least: int
    solved: list[bool] = field(default_factory=list)
    history: list[NDArray[Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.queried = self.trial.queried
        self.gamma = questions.discount(self.agent, self.trial.setting.gamma)
        self.judge = judge_actions(self.trial, self.gamma)
        self.actions: NDArray[Any] | None = None
        self.unanimous = False
        self.low: NDArray[np.float64] | None = None
        self.worse: list[bool] = []
        if questions.shows_values(self.agent):
            first = questions.values(self.agent, self.queried, first=True)
            low = np.minimum(_values_of_random_play(self.trial, self.gamma), first)
            self.low = low - tolerance(low)

    def look(self, steps: int) -> None:
        """Query the actions after a chunk."""
        del steps
        space = self.trial.mdp.action_space
        if space is None:
            space = Discrete(len(self.trial.mdp.actions))
        copies = np.repeat(self.queried, QUERY_COPIES, axis=0)
        answers = questions.actions(self.agent, copies, space)
        self.actions = answers[::QUERY_COPIES]
        grouped = answers.reshape(len(self.queried), QUERY_COPIES, -1)
        self.unanimous = bool((grouped == grouped[:, :1]).all(axis=(1, 2))[self._matters()].all())
        self.history.append(self.actions)
        optimal = np.mean([self.judge(answers[k::QUERY_COPIES]) for k in range(QUERY_COPIES)], axis=0)
        self.solved.append(bool((optimal >= SOLVED_SHARE).all()))
        if self.low is not None:
            values = questions.values(self.agent, self.queried, first=False)
            self.worse.append(bool((values < self.low).all()))

    def clear(self, steps: int) -> bool:
        """Whether more training would not change the answer."""
        if steps >= WORSE_AFTER_STEPS and self._worse_than_random():
            return True
        streak = min(max(STREAK, self._changes + STREAK * self._relapses), LONGEST_STREAK)
        least = settings_of(self.trial.name).least_steps
        if least and steps >= least and self._decided():
            return True
        return (
            steps >= (least or self.least // 2) and len(self.solved) >= streak and all(self.solved[-streak:])
        )

    def _decided(self) -> bool:
        """Whether the action at every observation with a worse one has long been the same, right or not."""
        if len(self.history) < LONGEST_STREAK:
            return False
        recent = np.array(self.history[-LONGEST_STREAK:])[:, self._matters()]
        return bool(self.unanimous and (recent == recent[-1]).all())

    def _matters(self) -> NDArray[np.bool_]:
        """``(n,)``: at which queried observations one action is better than another."""
        if settings_of(self.trial.name).least_steps is None:
            return np.ones(len(self.queried), bool)
        return np.asarray(~self.trial.choices(self.gamma).best.all(axis=1))

    def _worse_than_random(self) -> bool:
        """Whether the policy settled on wrong actions that its critic values below random play."""
        recent = self.history[-WORSE_LOOKS:]
        same = all(_still(recent[0], actions) and _equal(recent[0], actions) for actions in recent)
        return (
            len(self.worse) >= WORSE_LOOKS
            and all(self.worse[-WORSE_LOOKS:])
            and not any(self.solved[-WORSE_LOOKS:])
            and same
        )

    @property
    def _changes(self) -> int:
        """How often discrete actions were others than at the look before."""
        discrete = self.history[0].dtype.kind != "f"
        return sum(discrete and bool((a != b).any()) for a, b in pairwise(self.history))

    @property
    def _relapses(self) -> int:
        """How often the actions were optimal at one look and not at the next."""
        return sum(before and not after for before, after in pairwise(self.solved))

    def _solved(self) -> bool:
        """Whether the actions are optimal, and not only now and then.

        A continuous action that hovers about the optimum crosses the bound of what counts as optimal often;
        hardly any other action comes there by chance.
        """
        if self.history[-1].dtype.kind == "f":
            return self.solved[-1]
        recent = self.solved[-LONGEST_STREAK:]
        return self.solved[-1] and (not self._relapses or 2 * sum(recent) > len(recent))

    def _settled(self) -> bool:
        steady = len(self.solved) >= 3 and len(set(self.solved[-3:])) == 1
        return steady and _still(self.history[len(self.history) // 2], self.history[-1])

    def findings(self) -> dict[str, Any]:
        """The fields of a ``Run`` that follow from the actions."""
        return {
            "gamma": self.gamma,
            **questions.targets(self.agent),
            "actions": self.actions,
            "solved": self._solved(),
            "settled": self._settled(),
            "doubt": COMES_AND_GOES if self._comes_and_goes() else "",
        }

    def _comes_and_goes(self) -> bool:
        """Whether actions that depend on learned values were optimal now and then, to the end.

        A correct learner with a large step size has values too noisy to tell two close actions apart.
        """
        late = self.solved[len(self.solved) // 2 :]
        return (
            settings_of(self.trial.name).needs_values
            and self.low is not None
            and not self._solved()
            and sum(late) > NOW_AND_THEN * len(late)
        )


def _equal(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Whether discrete actions are the same; true of continuous ones, which vary a little."""
    return one.dtype.kind == "f" or bool((one == other).all())


def _values_of_random_play(trial: Trial, gamma: float) -> NDArray[np.float64]:
    """``(n,)``: the values of the queried observations under a policy that chooses uniformly."""
    solution = evaluate(
        trial.mdp, lambda _: np.full(len(trial.mdp.actions), 1 / len(trial.mdp.actions)), gamma
    )
    clock = trial.mdp.time_limit or 1
    of_state = trial.observed.of_situation[: len(solution.V) * clock : clock]
    return np.array([solution.V[of_state == view].min() for view in trial.observed.queried])


def _still(early: NDArray[Any], late: NDArray[Any]) -> bool:
    """Whether continuous actions have hardly changed; always true of discrete ones, which jump."""
    return early.dtype.kind != "f" or bool((abs(late - early) < 0.1).all())


def judge_actions(trial: Trial, gamma: float) -> Callable[[NDArray[Any]], NDArray[np.bool_]]:
    """A function from actions to ``(n,)`` booleans: whether each is optimal at its queried observation.

    At observations that an optimal policy never visits, every action counts as optimal.
    """
    if isinstance(trial.mdp.action_space, Box):
        solution = solve(trial.mdp, gamma)
        states = solution.table.states

        def near_best(actions: NDArray[Any]) -> NDArray[np.bool_]:
            laws = [trial.mdp.step(s, a) for s, a in zip(states, actions, strict=False)]
            earned = np.array([sum(p * r for (_, r), p in law.items()) for law in laws])
            return np.asarray(earned - solution.V[: len(earned)] >= -LOST_REWARD_ALLOWED)

        return near_best
    choices = trial.choices(gamma)
    first = trial.first_action
    every = np.arange(len(choices.on_path))
    return lambda actions: choices.best[every, np.asarray(actions, int) - first] | ~choices.on_path
