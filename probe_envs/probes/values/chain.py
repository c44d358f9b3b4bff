"""Chain: seven steps, a reward of 1 on the last. Does value propagate back to the start?

States 0 to 6 follow each other. The final observation belongs to no state. One action.

**Exact answer.** ``V_i = gamma^(6 - i)``: from 0.531 to 1 at gamma 0.9.

**What a failure means.** Seven values show the exponent. Discounting twice gives ``gamma^(2 (6 - i))``, no
discount gives 1 everywhere. N-step returns with a wrong exponent give a pattern that repeats every n states,
and an outdated value at the end of a rollout shows where the rollout ended.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.options import count
from probe_envs.probe import Probe


def chain(length: int = 7) -> MDP:
    """``length`` steps, the last of which has reward 1."""
    count("length", length, least=1)
    last = length - 1
    look = one_hot(length + 1)
    return MDP(
        start={0: 1.0},
        actions=(0,),
        step=lambda s, _a: {(END, 1.0): 1.0} if s == last else {(s + 1, 0.0): 1.0},
        observe=look,
        observe_end=lambda _s: look(length),
    )


PROBE = Probe(
    name="Chain",
    declare=chain,
    asks="value",
    isolates=("no-discount", "discount-exponent", "done-one-early", "next-observation-is-observation"),
    prerequisites=("Decoder",),
)
