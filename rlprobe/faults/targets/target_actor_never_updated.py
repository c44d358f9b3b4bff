"""The target actor is never updated.

The critic's target uses the next action of the target policy. That policy keeps its initial weights, because
only the target critic is updated. Rewards one step away are learned correctly. All later ones are learned for
the initial policy.

Reported in kakaoenterprise/JORLDY#120.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.faults.lookahead import NextStates


SPREAD = 0.25
"""The initial policy's action is hardly taken later, so that its value is learned from few steps."""


def _first_policy(ahead: NextStates) -> NDArray[np.float64]:
    """The value of the action closest to that of the initial policy; of the middle one if unknown."""
    actions = np.array(ahead.mdp.actions, dtype=float)
    if actions.ndim != 1 or len(actions) < 2:
        return np.asarray(ahead.Q.max(axis=1)[ahead.target])
    first = np.full(len(ahead.Q), (actions[0] + actions[-1]) / 2)
    if ahead.first_actions is not None:
        first[: len(ahead.first_actions)] = ahead.first_actions.reshape(len(ahead.first_actions), -1)[:, 0]
    rows = [np.interp(one, actions, row) for one, row in zip(first, ahead.Q, strict=True)]
    return np.asarray(np.array(rows)[ahead.target])


FAULT = Fault(
    id="target-actor-never-updated",
    component="target network",
    look_at="which target networks are updated: the target actor as well as the target critics",
    wrong="for p, target in zip(critic.parameters(), target_critic.parameters()):\n"
    "    target.data.mul_(1 - tau).add_(tau * p.data)",
    right="""
for net, target_net in ((critic, target_critic), (actor, target_actor)):
    for p, target in zip(net.parameters(), target_net.parameters()):
        target.data.mul_(1 - tau).add_(tau * p.data)
""",
    forms=(
        Form(
            name="bootstraps with the first policy",
            lookahead=_first_policy,
            only_on=frozenset({"TwoBoxes"}),
            needs="one-step",
            spread=SPREAD,
        ),
    ),
    module=__name__,
)
