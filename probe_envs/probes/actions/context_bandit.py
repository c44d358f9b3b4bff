"""ContextBandit: the best action depends on the observation. Does the policy use the observation?

The observation is -1 or +1 with equal probability. Action 0 is best at -1, action 1 at +1. The best action
has reward 1, the other -0.5, and the episode terminates.

**Exact answer.** ``Q = 1`` for the best action and -0.5 for the other; ``V = 1``. Random play gets 0.25 on
average.

**What a failure means.** The same action everywhere: the observation does not reach the policy, or
observations and advantages are paired wrongly. Always the worse action: a sign is flipped.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import scalar
from probe_envs.probe import Probe


def context_bandit() -> MDP:
    """One step; the observation says which action is best."""
    return MDP(
        start={-1: 0.5, 1: 0.5},
        actions=(0, 1),
        step=lambda s, a: {(END, 1.0 if (s > 0) == (a == 1) else -0.5): 1.0},
        observe=scalar,
    )


PROBE = Probe(
    name="ContextBandit",
    declare=context_bandit,
    asks="action",
    isolates=("sign-flipped", "observation-ignored"),
    prerequisites=("ActionOrder", "ObservationSign"),
)
