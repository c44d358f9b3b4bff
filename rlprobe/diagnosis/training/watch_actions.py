"""Follow the actions an agent believes best, until they stay optimal."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Discrete

from rlprobe.diagnosis import questions
from rlprobe.diagnosis.choices.chosen import CASH_OUT, TRIED_TIMES, both_tried
from rlprobe.diagnosis.code_words import CHOICES, methods_of
from rlprobe.diagnosis.probe_settings import settings_of
from rlprobe.diagnosis.training.behaviour import Behaviour, action_counts, early_counts
from rlprobe.diagnosis.training.best_actions import (
    judge_actions,
    stuck,
    tied,
    values_of_random_play,
    where_actions_differ,
)
from rlprobe.diagnosis.training.continuous import ContinuousBehaviour, still, varies
from rlprobe.diagnosis.training.looks import Looks
from rlprobe.diagnosis.trial import tolerance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.diagnosis.training.counting import Count
    from rlprobe.diagnosis.trial import Trial

QUERY_COPIES, SOLVED_SHARE = 8, 0.85
"""Each observation is queried this often at once, and at least this share of the actions must be optimal.
A policy that samples at random is optimal now and then, but not in most samples."""

COMES_AND_GOES = (
    "the best action came and went: the values are too noisy to choose it; a smaller step size may do"
)

UNMOVED_AFTER_STEPS, UNMOVED_AFTER_ROLLOUTS = 1_500, 4
"""A policy that is learned on-policy should have moved after so many steps and rollouts."""
BY_LUCK = "its policy never changed during training, so correct actions of act() are luck"

EXPLORING_COPIES, MOST_EXPLORATION = 256, 0.05
"""At the end each observation is queried so often; an agent that values actions explores in at most this
share of its answers: some evaluate with a small epsilon on purpose."""

CALLS = 30
"""At the end continuous actions are queried so often."""

LONGER_FOR_EXPLORING = 2
"""A run in which exploration seems to grow goes on for so many times the fewest steps, to be sure of it."""

WORSE_AFTER_STEPS, STUCK_AFTER_STEPS = 1_500, 5_000
"""A run ends as failed after so many steps if its critic values the policy below random play, and below its
first values, while the actions stay wrong; or if a policy takes a wrong action nearly always. No slow correct
agent falls so low, and one that is so sure comes back, if ever, long after the end of a run."""


@dataclass
class WatchActions:
    """The actions an agent believes best after each chunk of training.

    ``late`` says whether its time ended the run: a slow agent may only seem to stand still.
    """

    agent: Any
    trial: Trial
    least: int
    count: Count
    looks: Looks = field(default_factory=Looks)

    def __post_init__(self) -> None:
        self.queried = self.trial.queried
        self.gamma = questions.discount(self.agent, self.trial.setting.gamma)
        self.judge = judge_actions(self.trial, self.gamma)
        self.actions: NDArray[Any] | None = None
        self.unanimous = np.zeros(len(self.queried), bool)
        self.low: NDArray[np.float64] | None = None
        self.late = False
        self.behaviour: Behaviour | None = None
        self.continuous: ContinuousBehaviour | None = None
        if self.count.actions and not getattr(self.agent, "fixed_observations", False):
            self.behaviour = Behaviour(self.trial, self.count, where_actions_differ(self.trial, self.gamma))
        elif self.count.moves is not None:
            self.continuous = ContinuousBehaviour(self.queried, self.trial.mdp.action_space, self.count)
        if questions.shows_values(self.agent):
            first = questions.values(self.agent, self.queried, first=True)
            low = np.minimum(values_of_random_play(self.trial, self.gamma), first)
            self.low = low - tolerance(low)

    def look(self, steps: int) -> None:
        """Query the actions after a chunk."""
        del steps
        answers = self._answers(QUERY_COPIES)
        self.actions = answers[::QUERY_COPIES]
        for behaviour in (self.behaviour, self.continuous):
            if behaviour is not None:
                behaviour.look(self.actions)
        grouped = answers.reshape(len(self.queried), QUERY_COPIES, -1)
        self.unanimous = (grouped == grouped[:, :1]).all(axis=(1, 2))
        if self.trial.name == CASH_OUT and self.count.actions:
            tries = getattr(self.agent, "tries", TRIED_TIMES)
            self.unanimous &= both_tried(action_counts(self.trial, self.count), self.trial, tries)
        self.looks.history.append(self.actions)
        if settings_of(self.trial.name).needs == "memory":
            self.looks.solved.append(self.count.succeeds())
            return
        optimal = np.mean([self.judge(answers[k::QUERY_COPIES]) for k in range(QUERY_COPIES)], axis=0)
        self.looks.solved.append(bool((optimal >= SOLVED_SHARE).all()))
        if self.low is not None:
            values = questions.values(self.agent, self.queried, first=False)
            self.looks.worse.append(bool((values < self.low).all()))

    def _answers(self, copies: int) -> NDArray[Any]:
        """``(n * copies, *action_shape)``: what ``act`` says of copies of the queried observations."""
        space = self.trial.mdp.action_space
        if space is None:
            space = Discrete(len(self.trial.mdp.actions))
        return questions.actions(self.agent, np.repeat(self.queried, copies, axis=0), space)

    def clear(self, steps: int) -> bool:
        """Whether more training would not change the answer."""
        if self._unmoved() and steps < self._moves_after:
            return False
        greedy = self.behaviour or getattr(getattr(self.agent, "greedy", None), "behaviour", None)
        if steps < LONGER_FOR_EXPLORING * self.least and greedy and greedy.may_explore_ever_more:
            return False
        if steps >= WORSE_AFTER_STEPS and self.looks.is_worse_than_random:
            return True
        late = steps >= STUCK_AFTER_STEPS and not questions.values_actions(self.agent)
        if late and not self.looks.solved[-1] and greedy and greedy.sticks:
            return True
        least = settings_of(self.trial.name).least_steps
        if least and steps >= least and self._decided():
            return True
        return steps >= (least or self.least // 2) and self.looks.is_solved_for_good

    def _decided(self) -> bool:
        """Whether the action at every observation with a worse one has long been the same, right or not."""
        where = self._matters()
        return bool(self.unanimous[where].all()) and self.looks.same_for_long(where)

    def _matters(self) -> NDArray[np.bool_]:
        """``(n,)``: at which queried observations one action is better than another."""
        if settings_of(self.trial.name).least_steps is None:
            return np.ones(len(self.queried), bool)
        return where_actions_differ(self.trial, self.gamma)

    def _settled(self) -> bool:
        history = self.looks.history
        early, late = history[len(history) // 2], history[-1]
        stopped = still(early, late) or (not self.late and stuck(self.trial, early, late))
        return self.looks.is_steady and stopped

    @property
    def _moves_after(self) -> int:
        """Steps after which a policy that is learned on-policy should have moved."""
        rollout = questions.targets(self.agent)["rollout"] or 0
        return max(UNMOVED_AFTER_STEPS, UNMOVED_AFTER_ROLLOUTS * rollout)

    def _unmoved(self) -> bool:
        """Whether a policy that is learned on-policy has not moved yet."""
        return self._on_policy and self.behaviour is not None and self.behaviour.unmoved

    @cached_property
    def _on_policy(self) -> bool:
        """Whether it learns on-policy, by its word or its code: others may act at random on purpose."""
        said, methods = questions.targets(self.agent)["on_policy"], methods_of(self.agent)
        return said is True or (said is None and methods is not None and CHOICES not in methods)

    def _by_luck(self) -> bool:
        """Whether the right actions are those of a policy that never moved."""
        return self.looks.solved[-1] and self.count.steps >= self._moves_after and self._unmoved()

    def observed(self) -> list[tuple[str, str]]:
        """The faults that are seen in what the agent did while it learned, beside what its ``act`` says."""
        if self.behaviour is None:
            if self.continuous is None:
                return []
            said = {
                "evaluation-differs": self.continuous.differs,
                "noise-shared": self.continuous.shares_noise,
                "evaluation-explores": self._varies(),
            }
            return [(name, sentence) for name, sentence in said.items() if sentence]
        matters = self.behaviour.matters
        of_best = not tied(self.agent, self.trial, matters)
        said = {
            "evaluation-differs": self.behaviour.avoids if of_best else "",
            "evaluation-explores": self._explores(),
            "action-never-tried": self.behaviour.left_out,
        }
        return [(name, sentence) for name, sentence in said.items() if sentence]

    def _kept(self) -> tuple[tuple[int, int], ...]:
        """How often it took its best actions; empty for learned policies, which may explore ever more."""
        if self.behaviour is None or self._on_policy or tied(self.agent, self.trial, self.behaviour.matters):
            return ()
        return self.behaviour.kept if self.unanimous[self.behaviour.matters].all() else ()

    def _explores(self) -> str:
        """A sentence if an agent that values actions explores when it is asked what is best."""
        if not callable(getattr(self.agent, "q_values", None)) or not self.looks.is_solved:
            return ""
        assert self.behaviour is not None
        said = self._answers(EXPLORING_COPIES).reshape(len(self.queried), -1)[self.behaviour.matters]
        others = sum(int((row != np.bincount(row).argmax()).sum()) for row in said.astype(int))
        actions = len(self.trial.mdp.actions)
        share = others / said.size
        error = np.sqrt(share * (1 - share) / said.size)
        if (share - 2 * error) * actions / (actions - 1) <= MOST_EXPLORATION:
            return ""
        return (
            f"act() returned another action than its most frequent one in {others} of {said.size} calls "
            "with the same observations"
        )

    def _varies(self) -> str:
        """A sentence if continuous actions at one observation change from call to call."""
        if getattr(self.agent, "recurrent", False):
            return ""
        said = np.stack([self._answers(1).reshape(len(self.queried), -1) for _ in range(CALLS)])
        return varies(said, self.trial.mdp.action_space)

    def findings(self) -> dict[str, Any]:
        """The fields of a ``Run`` that follow from the actions."""
        luck = self._by_luck()
        return {
            "gamma": self.gamma,
            **questions.targets(self.agent),
            "actions": self.actions,
            "unanimous": self.unanimous,
            "solved": self.looks.is_solved and not luck,
            "settled": self._settled(),
            "kept": self._kept(),
            "indifferent": self.behaviour.indifferent if self.behaviour and self._on_policy else None,
            "early_counts": early_counts(self.trial, self.count) if self.count.early_counts else None,
            "doubt": BY_LUCK if luck else COMES_AND_GOES if self._comes_and_goes() else "",
        }

    def _comes_and_goes(self) -> bool:
        """Whether actions that depend on learned values were optimal now and then, to the end.

        A correct learner with a large step size has values too noisy to tell two close actions apart.
        """
        of_values = settings_of(self.trial.name).needs_values
        return of_values and questions.shows_values(self.agent) and self.looks.come_and_go
