"""BothFlags: terminated and truncated on the same step. Which flag wins?

States 0, 1, 2 follow each other. The third step has reward 1, terminates, and reaches the time limit of three
steps. The final observation is that of state 2. One action.

**Exact answer.** ``V = (gamma^2, gamma, 1)``, which is (0.81, 0.9, 1) at gamma 0.9: no value follows a
termination, even at the time limit.

**What a failure means.** ``V(2) = 1 / (1 - gamma)``, 10 at gamma 0.9: the code bootstraps whenever
``truncated`` is set.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.probe import Probe


def both_flags() -> MDP:
    """Three steps; the last one has reward 1 and sets both flags."""
    return MDP(
        start={0: 1.0},
        actions=(0,),
        step=lambda s, _a: {(END, 1.0): 1.0} if s == 2 else {(s + 1, 0.0): 1.0},
        observe=one_hot(3),
        time_limit=3,
    )


PROBE = Probe(
    name="BothFlags",
    declare=both_flags,
    asks="value",
    isolates=("terminated-and-truncated-bootstraps",),
    prerequisites=("TimeLimitLoop",),
)
