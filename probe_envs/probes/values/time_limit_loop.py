"""TimeLimitLoop: a reward of 1 per step, truncated after five steps. Is truncation told from termination?

One state that leads to itself. The time limit truncates the episode, but the task never terminates.

**Exact answer.** ``V = 1 / (1 - gamma)``, which is 10 at gamma 0.9.

**What a failure means.** ``1 / (1 - gamma (1 - 1/5))``, 3.57 at gamma 0.9, or a smaller value with a large
lambda: truncation is treated as termination. Look at where the targets use ``done``.
"""

from __future__ import annotations

from probe_envs.mdp import MDP
from probe_envs.observe import one_hot
from probe_envs.probe import Probe


def time_limit_loop(time_limit: int = 5) -> MDP:
    """A loop with reward 1 per step that is truncated."""
    look = one_hot(1)
    return MDP(
        start={"loop": 1.0},
        actions=(0,),
        step=lambda _s, _a: {("loop", 1.0): 1.0},
        observe=lambda _s: look(0),
        time_limit=time_limit,
    )


PROBE = Probe(
    name="TimeLimitLoop",
    declare=time_limit_loop,
    asks="value",
    isolates=("truncation-as-termination", "no-discount"),
    prerequisites=("RandomExit",),
)
