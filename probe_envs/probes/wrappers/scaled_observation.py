"""ScaledObservation: the useful component is 0.001, another one 100,000. Are observations normalised?

The observation has two components. ``100 000 + 1000 d`` with d in (-1, 0, 1) has no meaning. ``0.001 s`` with
s in (-1, 1) says which action is best: 0 at -1, 1 at +1. The best action has reward 1, the other -0.5, and
the episode terminates. All six combinations are equally probable.

**Exact answer.** ``Q = 1`` for the best action and -0.5 for the other; ``V = 1``. Random play gets 0.25 on
average.

**What a failure means.** The same action everywhere: the large component dominates the network. With
``NormalizeAll`` both have mean 0 and standard deviation 1, and the probe becomes ContextBandit. Failing then
means that the statistics are wrong, or differ between acting and learning.
"""

from __future__ import annotations

from itertools import product

from probe_envs.mdp import END, MDP
from probe_envs.observe import affine, vector
from probe_envs.probe import Probe


def scaled_observation(large: float = 1e3, small: float = 1e-3, offset: float = 1e5) -> MDP:
    """One step; the small component says which action is best."""
    states = tuple(product((-1, 0, 1), (-1, 1)))
    return MDP(
        start=dict.fromkeys(states, 1 / 6),
        actions=(0, 1),
        step=lambda s, a: {(END, 1.0 if (s[1] > 0) == (a == 1) else -0.5): 1.0},
        observe=affine(vector, scale=(large, small), offset=(offset, 0.0)),
    )


PROBE = Probe(
    name="ScaledObservation",
    declare=scaled_observation,
    asks="action",
    isolates=("observations-not-normalised",),
    prerequisites=("ContextBandit",),
)
