"""Observations are stored by reference, and change after they were stored.

The environment, a wrapper or the agent writes each new observation into the same array, and the buffer keeps
that array instead of a copy. Every stored transition then shows the latest observation. If the buffer copies,
but only after the next step, each transition shows the next observation.

Reported in Farama-Foundation/SuperSuit#116 and thu-ml/tianshou#1281.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _latest(t: Transitions) -> Transitions:
    """All transitions show the observation at the time of the update, so all share one target."""
    return t.with_critic(one_value=True)


FAULT = Fault(
    id="observation-aliased",
    component="experience storage",
    look_at="where an observation is put into the buffer: store a copy, `obs.copy()`, not the array itself",
    wrong="""
buffer.append((obs, action, reward))
obs[:] = next_obs  # changes what the buffer holds
""",
    right="""
buffer.append((obs.copy(), action, reward))
obs[:] = next_obs
""",
    forms=(
        Form(
            name="every stored transition shows the latest observation",
            change=_latest,
            actor_on={"ContextBandit": "guess", "ScaledObservation": "guess"},
            answers="similar",
            needs="one-step",
        ),
    ),
    module=__name__,
)
