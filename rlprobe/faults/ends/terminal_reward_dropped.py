"""The target of the last step of an episode is 0: its own reward is left out.

Without a next value, the target of a step that ends the episode is its reward. Code that sets the whole
target to 0 there never learns what the end is worth. So it is with returns that begin one reward too late.
If only advantages leave it out, as in a loop that begins one step too early, values are right, and the policy
learns nothing where episodes have a single step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.episodes import monte_carlo, returns_to_go, within

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Actor
    from rlprobe.faults.transitions import Transitions

ONE_STEP: dict[str, Actor] = dict.fromkeys(
    ("ActionOrder", "ContextBandit", "BoxTarget", "BoxTarget2D", "JointAction"), "still"
)
"""Without the last reward, there is nothing to learn from an episode of one step."""


def _at_terminations(t: Transitions) -> Transitions:
    return t.change(reward=np.where(t.terminated, 0.0, t.reward))


def _at_ends(t: Transitions) -> Transitions:
    """At a time limit the target is 0 as well."""
    return t.change(
        reward=np.where(t.ended, 0.0, t.reward),
        bootstrap_mask=np.where(t.ended, 0.0, t.bootstrap_mask),
    )


def _one_reward_late(t: Transitions) -> Transitions:
    """The Monte-Carlo return of each step begins with the reward of the next one."""
    return monte_carlo(t, within(t) @ returns_to_go(t))


FAULT = Fault(
    id="terminal-reward-dropped",
    component="value targets",
    look_at="the target of a step that ends the episode: it is the reward of that step, and not 0",
    wrong="target = 0.0 if terminated else reward + gamma * v_next",
    right="target = reward if terminated else reward + gamma * v_next",
    forms=(
        Form(name="at terminations", change=_at_terminations, actor="untrained"),
        Form(name="at every end", change=_at_ends, actor="untrained"),
        Form(
            name="returns begin one reward late",
            change=_one_reward_late,
            actor="untrained",
            actor_on={"WillToLive": "any"},
            needs="monte-carlo",
        ),
        Form(name="in the advantages only", actor_on=ONE_STEP, prior=0.9),
    ),
    module=__name__,
)
