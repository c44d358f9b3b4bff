"""TMaze: a sign at the start says which way to turn at the end. How long does the agent's memory last?

The first observation shows one of two signs. Then follow ``size`` steps of a corridor, which all look alike,
and the junction. There the action with the number of the sign has reward +1 and the other one -1. All other
actions only walk on.

**Exact answer.** With memory ``V = gamma^(size + 1)`` at the start, 0.729 at gamma 0.9 and size 2. Without
memory every action at the junction is worth 0 on average. Random play succeeds with probability 1/2.

**What a failure means.** The report gives the longest corridor solved. An agent with a recurrent network that
never does better than random play loses its state on the way, or its updates do not reach back so far.

Source: Bakker, "Reinforcement Learning with Long Short-Term Memory" (2001).
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP, Law
from probe_envs.observe import one_hot
from probe_envs.options import count
from probe_envs.probe import Probe

SIGNS, CORRIDOR, JUNCTION = (0, 1), 2, 3


def t_maze(size: int = 2) -> MDP:
    """A sign, ``size`` steps that look alike, and a turn that depends on the sign."""
    count("size", size, least=0)

    def step(state: tuple[int, int], action: int) -> Law:
        walked, sign = state
        if walked <= size:
            return {((walked + 1, sign), 0.0): 1.0}
        return {(END, 1.0 if action == sign else -1.0): 1.0}

    def place(state: tuple[int, int]) -> int:
        walked, sign = state
        return sign if walked == 0 else JUNCTION if walked > size else CORRIDOR

    look = one_hot(JUNCTION + 1)
    return MDP(
        start={(0, sign): 0.5 for sign in SIGNS},
        actions=SIGNS,
        step=step,
        observe=lambda state: look(place(state)),
    )


PROBE = Probe(
    name="TMaze",
    declare=t_maze,
    asks="exploration",
    isolates=("recurrent-state-not-kept",),
    prerequisites=("ContextBandit", "Chain"),
)
