"""Lock: N correct actions in a row, or the episode ends. How far does exploration reach?

States 0 to N - 1. The correct action leads to the next state, the other one ends the episode with reward 0.
The last correct action has reward 1. The correct action differs from state to state.

**Exact answer.** ``V_i = gamma^(N - 1 - i)``, from 0.656 to 1 for five steps at gamma 0.9. Random play
succeeds with probability ``2^-N``.

**What a failure means.** The report gives the longest lock solved within the budget and the success rate of
random play. Failing where random play often succeeds is a fault; failing at long locks is not.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP, Law
from probe_envs.observe import one_hot
from probe_envs.options import count
from probe_envs.probe import Probe

COMBINATION = (1, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 0)


def lock(size: int = 5) -> MDP:
    """``size`` correct actions in a row have reward 1."""
    count("size", size, least=1)

    def step(state: int, action: int) -> Law:
        if action != COMBINATION[state % len(COMBINATION)]:
            return {(END, 0.0): 1.0}
        return {(END, 1.0): 1.0} if state == size - 1 else {(state + 1, 0.0): 1.0}

    return MDP(start={0: 1.0}, actions=(0, 1), step=step, observe=one_hot(size))


PROBE = Probe(name="Lock", declare=lock, asks="exploration", prerequisites=("DelayedCredit",))
