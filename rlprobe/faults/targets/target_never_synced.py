"""The target network is never synchronised.

Targets bootstrap from a network that keeps its initial weights, so nothing is learned beyond one step: on
Decoder 1, 0, 2 instead of 2.62, 1.8, 2. An interval longer than a run of a probe (at most 8,000 steps) looks
the same: diagnose with a shorter one.

Reported as ``target.load(target)`` in thesouther/MARL#8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.episodes import over_steps

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _first_target(t: Transitions) -> Transitions:
    """N-step targets bootstrap once, after their last reward."""
    gamma, steps = t.learner.gamma, t.learner.n_step
    if steps > 1:
        t = over_steps(t, steps, reward_discount=gamma, last_discount=gamma)
    return t.with_critic(frozen="target")


FAULT = Fault(
    id="target-never-synced",
    component="target network",
    look_at="the call that copies the online network to the target, and its interval: more than a few "
    "thousand steps look the same in these short runs",
    wrong="""
if step % interval == 0:
    target_net.load_state_dict(target_net.state_dict())
""",
    right="""
if step % interval == 0:
    target_net.load_state_dict(q_net.state_dict())
""",
    forms=(
        Form(
            name="bootstraps from the first network",
            change=_first_target,
            needs="one-step",
        ),
    ),
    module=__name__,
)
