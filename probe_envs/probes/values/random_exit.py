"""RandomExit: a reward of 1 per step, and each step may be the last. Is randomness averaged correctly?

One state. Every step has reward 1 and terminates with probability 1/4. The observation is always the same.

**Exact answer.** ``V = 1 / (1 - (1 - 1/4) gamma)``, which is 3.077 at gamma 0.9.

**What a failure means.** 4: no discount. ``1 / (1 - gamma)``, 10: termination is ignored. 1: the target does
not bootstrap. A squared loss learns the mean; a Huber loss with large errors learns something else.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.options import chance
from probe_envs.probe import Probe


def random_exit(exit_chance: float = 0.25) -> MDP:
    """Each step has reward 1 and terminates with probability ``exit_chance``."""
    chance("exit_chance", exit_chance)
    return MDP(
        start={0: 1.0},
        actions=(0,),
        step=lambda _s, _a: {(END, 1.0): exit_chance, (0, 1.0): 1.0 - exit_chance},
        observe=one_hot(1),
    )


PROBE = Probe(
    name="RandomExit",
    declare=random_exit,
    asks="value",
    isolates=("no-discount", "termination-ignored", "gae-not-cut"),
    prerequisites=("Constant",),
)
