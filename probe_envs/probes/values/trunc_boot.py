"""TruncBoot: truncated in a state whose value is known. From which observation does the target bootstrap?

Episodes start in 0, 2 or 3 with equal probability. 0 leads to 1, and 1 (``r = 1``) to 2, where the time limit
of two steps truncates. 2 has reward 3 and terminates; 3 has reward -6 and terminates. The final observation
belongs to no state. One action.

**Exact answer.** ``V = (gamma (1 + 3 gamma), 1 + 3 gamma, 3, -6)``: (3.33, 3.7, 3, -6) at gamma 0.9.

**What a failure means.** The value of state 1 names the mistake. 1: truncation is treated as termination.
``(1 - gamma) / (1 - gamma^2 / 3)``, 0.14 at gamma 0.9: the target bootstraps from the first observation of
the next episode. ``1 / (1 - gamma)``: it bootstraps from the observation before the step.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.probe import Probe


def trunc_boot() -> MDP:
    """0 -> 1 -> 2 (truncated here), 2 -> END, 3 -> END."""
    look = one_hot(5)
    steps = {0: (1, 0.0), 1: (2, 1.0), 2: (END, 3.0), 3: (END, -6.0)}
    return MDP(
        start={0: 1 / 3, 2: 1 / 3, 3: 1 / 3},
        actions=(0,),
        step=lambda s, _a: {steps[s]: 1.0},
        observe=look,
        observe_end=lambda _s: look(4),
        time_limit=2,
    )


PROBE = Probe(
    name="TruncBoot",
    declare=trunc_boot,
    asks="value",
    isolates=("truncation-as-termination", "truncation-bootstraps-reset-observation"),
    prerequisites=("TimeLimitLoop",),
)
