"""A known fault: what it changes in learning. The values an agent then converges to follow from it."""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from probe_envs import MDP
    from rlprobe.faults.lookahead import Lookahead
    from rlprobe.faults.transitions import Learner, Transitions

Actor = Literal[
    "best",
    "worst",
    "not_best",
    "ignores_observation",
    "guess",
    "follows_large_inputs",
    "untrained",
    "still",
    "unscaled",
    "untried",
    "any",
]
"""What the policy ends up with.

``"best"`` and ``"worst"``: that action. ``"not_best"``: any but the best.
``"ignores_observation"``: one action for all observations.
``"guess"``: an arbitrary action for each observation. ``"follows_large_inputs"``: an action that depends on
components with large values only. ``"untrained"``: what it did before learning. ``"still"``: the same, and
its policy has come to prefer nothing. ``"unscaled"``: continuous actions in bounds that are too small,
[-1, 1] or those of another component. ``"untried"``: the best of the few actions it has tried. ``"any"``:
unpredictable.
"""
Disturbs = Literal["", "actions", "everything"]
"""What a fault that was seen disturbs."""
Answers = Literal["", "same", "similar", "scattered"]
"""How similar the values for different observations are; empty if the fault does not say."""
Needs = Literal["", "eligibility", "lambda-returns", "bootstrap", "one-step", "monte-carlo"]
"""The kind of learner in which a fault can occur; empty for all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Form:
    """One way in which a fault occurs in code.

    Args:
        name: a few words that tell it from the other forms.
        change: what it does to the stored transitions and their targets; None for nothing.
        reset_transitions: whether the resets of a next-step vector environment are stored as steps.
        actor: what the policy ends up with, on action probes.
        actor_on: the same for single probes, by name.
        only_on: names of the probes, or labels of the trials, on which it has an effect; empty for all.
        lookahead: what stands in place of the value of the best next action, where actions matter.
        process: what stands between probe and agent in place of the wrapper that the probe needs.
        needs: the kind of learner it can occur in: ``"eligibility"`` (lambda above 0), ``"lambda-returns"``
            (and below 1), ``"bootstrap"`` (all but Monte-Carlo returns), ``"one-step"`` (lambda 0, as with
            replay), ``"monte-carlo"`` (lambda 1).
        at_ends: whether the last step of each rollout stays correct, so that the rollout length matters.
        longest_rollout: rollouts up to which their ends matter; longer ones make predictions slow.
        free: what of the values of a probe is not foretold: a common ``"factor"``, or an ``"offset"`` in
            units of ``Values.horizon``, as if a number had been added to each target.
        spread: how far learned values may lie from the predicted ones, as a share of the distance between
            predicted and exact values; for values of actions that the agent hardly takes.
        vague: whether it leaves values as they happen to be, which explains too much.
        vector_only: whether it has an effect in vector environments only.
        answers: how similar the critic's values for different observations are: the ``"same"`` number,
            ``"similar"`` numbers, or ``"scattered"`` as at initialisation.
        read_from: name of the probe whose learned value it is made of, and which it always explains.
        prior: how common the form is among those of its fault; below 1 where a more common fault predicts
            the same.
    """

    name: str
    change: Callable[[Transitions], Transitions] | None = None
    reset_transitions: bool = False
    actor: Actor = "best"
    actor_on: Mapping[str, Actor] = field(default_factory=dict)
    only_on: frozenset[str] = frozenset()
    lookahead: Lookahead | None = None
    process: Callable[[MDP], MDP] | None = None
    needs: Needs = ""
    at_ends: bool = False
    longest_rollout: int = 16
    free: Literal["", "factor", "offset"] = ""
    spread: float = 0.0
    vague: bool = False
    vector_only: bool = False
    answers: Answers = ""
    read_from: str = ""
    prior: float = 1.0

    def shows_on(self, name: str, label: str, *, vector: bool) -> bool:
        """Whether it can have an effect on a trial of a probe.

        Args:
            name: name of the probe.
            label: label of the trial.
            vector: whether the trial has a vector environment.
        """
        if self.vector_only and not vector:
            return False
        return not self.only_on or not self.only_on.isdisjoint((name, label))

    def changes_values(self, autoreset_mode: str | None) -> bool:
        """Whether it changes what a critic learns in environments with the given autoreset mode."""
        return self.change is not None or (self.reset_transitions and autoreset_mode == "next_step")

    def applies(self, learner: Learner) -> bool:
        """Whether a learner of this kind can have the fault."""
        return {
            "": True,
            "eligibility": learner.lam > 0,
            "lambda-returns": 0 < learner.lam < 1,
            "bootstrap": learner.lam < 1 or learner.bootstraps,
            "one-step": learner.lam == 0,
            "monte-carlo": learner.lam == 1,
        }[self.needs]


@dataclass(frozen=True, kw_only=True, eq=False)
class Fault:
    """One entry of the catalogue; the docstring of its file is its documentation.

    Args:
        id: the stable name in reports, ``rlprobe explain`` and JSON.
        component: the part of the agent that is wrong.
        look_at: where to look in the code.
        wrong, right: the fault in a few lines of code, and the same lines without it.
        forms: the ways in which it occurs.
        module: name of the module that holds the docstring.
        disturbs: what nothing can be inferred from beside it, once it was seen: ``"actions"``, or
            ``"everything"`` where all learning is disturbed; empty for nothing.
        not_named_because: why a diagnosis does not name it; empty if it does.
        seen_by: what sees it instead, if a diagnosis does not name it.
    """

    id: str
    component: str
    look_at: str
    wrong: str
    right: str
    forms: tuple[Form, ...]
    module: str
    disturbs: Disturbs = ""
    not_named_because: str = ""
    seen_by: str = ""

    @property
    def doc(self) -> str:
        """What it is, which effect it has and where it was reported: the docstring of its file."""
        return inspect.cleandoc(sys.modules[self.module].__doc__ or "")

    @property
    def code(self) -> str:
        """The wrong and the right lines, in Markdown."""
        wrong, right = (f"```python\n{lines.strip()}\n```" for lines in (self.wrong, self.right))
        return f"**Wrong**\n\n{wrong}\n\n**Right**\n\n{right}"

    @property
    def not_named(self) -> str:
        """That a diagnosis does not name it, why, and what sees it, in Markdown; empty if a diagnosis does.

        >>> from rlprobe.faults import fault
        >>> fault("colour-lost").not_named.splitlines()[0]
        '**A diagnosis does not name this fault:** no probe shows pictures.'
        """
        if not self.not_named_because:
            return ""
        because = f"**A diagnosis does not name this fault:** {self.not_named_because}."
        return f"{because}\n\n**Seen by** {self.seen_by}."

    @property
    def summary(self) -> str:
        """The first line of the documentation."""
        return self.doc.splitlines()[0]
