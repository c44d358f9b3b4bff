"""WillToLive: staying is worth slightly more than quitting. Are rewards shifted anywhere?

One state. ``stay`` (action 0) has reward 0.1 and terminates with probability 0.05. ``quit`` (action 1) has
reward 0.5 and terminates. With ``mirror=True`` both rewards are negative, and quitting is best.

**Exact answer.** Always staying is worth ``0.1 / (1 - 0.95 gamma)``, 0.69 at gamma 0.9; quitting 0.5.

**What a failure means.** An agent that quits learns from shifted rewards: subtracting a mean or adding a
bonus changes the value of a longer episode. Or its gamma is too small: below 0.842 quitting is best.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.options import chance
from probe_envs.probe import Probe


def will_to_live(*, mirror: bool = False, exit_chance: float = 0.05) -> MDP:
    """Stay for a small reward per step, or quit for a larger one at once."""
    chance("exit_chance", exit_chance)
    sign = -1.0 if mirror else 1.0
    stay = {(END, sign * 0.1): exit_chance, (0, sign * 0.1): 1.0 - exit_chance}
    return MDP(
        start={0: 1.0},
        actions=(0, 1),
        step=lambda _s, a: stay if a == 0 else {(END, sign * 0.5): 1.0},
        observe=one_hot(1),
    )


PROBE = Probe(
    name="WillToLive",
    declare=will_to_live,
    asks="action",
    isolates=("reward-shifted",),
    prerequisites=("RandomExit", "ActionOrder"),
)
