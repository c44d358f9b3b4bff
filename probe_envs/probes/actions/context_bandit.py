"""ContextBandit: the right action depends on the observation. Do actor and critic work together?

The observation is -1 or +1 with equal chance; action 0 is right at -1 and action 1 at +1. The right
action earns 1, the other -0.5, and the episode terminates.

**Exact answer.** ``Q = 1`` for the right action and -0.5 for the other; ``V = 1``; random play earns 0.25.

**What a failure means.** The same action everywhere: the observation does not reach the actor, or
observations and advantages are paired wrongly. Always the wrong one: a sign is flipped.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import scalar
from probe_envs.probe import Probe


def context_bandit() -> MDP:
    """One choice; which one is right can be seen."""
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
