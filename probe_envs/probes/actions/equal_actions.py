"""EqualActions: four actions that do the same. Does the policy's loss leave the critic alone?

State 0 leads to state 1 with a reward of 0, and state 1 ends the episode with a reward of 1, whatever the
action. The final observation belongs to no state.

**Exact answer.** ``V = (gamma, 1)``, which is (0.9, 1) at gamma 0.9. All actions are best.

**What a failure means.** With one action the log-probability is 0, and a policy's loss cannot change values.
Here it can: if the critic is part of the advantage that multiplies the log-probability, and is not detached,
values are too high by the entropy of the policy, log 4 = 1.39, over twice the weight of the value loss.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.probe import Probe


def equal_actions() -> MDP:
    """Two steps with rewards 0 and 1, whatever the action."""
    look = one_hot(3)
    return MDP(
        start={0: 1.0},
        actions=(0, 1, 2, 3),
        step=lambda s, _a: {(1, 0.0): 1.0} if s == 0 else {(END, 1.0): 1.0},
        observe=look,
        observe_end=lambda _s: look(2),
    )


PROBE = Probe(
    name="EqualActions",
    declare=equal_actions,
    asks="value",
    isolates=("actor-gradient-in-critic",),
    prerequisites=("Constant", "Decoder"),
)
