"""The agent hardly explores, or it explores more and more.

Epsilon is 0 from the start, decays to 0 at once, or has an inverted schedule; or noise or sampling is off
while experience is collected. The agent never learns the value of actions it does not try, and stays with
the first one that pays. The report names this fault if the best action was taken in less than 2 % of the
steps, and as rarely at first; or if the share of the actions that ``act`` calls best falls by 15 percentage
points from one part of the runs to the next. With a policy gradient, a bonus on entropy with the wrong sign
looks like the former.

Reported in ray-project/ray#6971.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from probe_envs import MDP


def _only_the_first(mdp: MDP) -> MDP:
    """Without exploration: of equal values, the first action is the greedy one, and it pays."""
    return replace(mdp, actions=mdp.actions[:1])


FAULT = Fault(
    id="epsilon-schedule",
    component="exploration",
    look_at="epsilon or the action noise: its first value, its schedule, and whether it is on while "
    "experience is collected; with a policy gradient also the sign of the entropy bonus",
    wrong="""
epsilon = min(1.0, step / decay_steps)
explore = rng.random() > epsilon
""",
    right="""
epsilon = max(0.05, 1.0 - step / decay_steps)
explore = rng.random() < epsilon
""",
    forms=(
        Form(name="greedy from the beginning", actor="untried"),
        Form(
            name="greedy from the beginning, and all values begin alike",
            process=_only_the_first,
            actor="untried",
            only_on=frozenset({"MaxNotMean", "ActionOrder", "ContextBandit"}),
        ),
    ),
    module=__name__,
)
