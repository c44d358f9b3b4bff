"""DeepSea: N moves to the right in a row, each with a small cost. Is exploration deep, or only noisy?

The agent sinks one row per step through an N x N grid and moves left (action 0) or right (action 1). Every
move to the right costs ``0.01 / N``. The reward of 1 is in the last column of the last row.
Source: Osband et al., Behaviour Suite for Reinforcement Learning (2020).

**Exact answer.** Always right: ``V(start) = gamma^(N - 1) - 0.01 / N * (1 + ... + gamma^(N - 1))``,
0.648 for N = 5 at gamma 0.9. Random play gets the reward with probability ``2^-N``.

**What a failure means.** As for Lock, but small costs lead away from the reward. The report gives the largest
size solved within the budget and the success rate of random play.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP, Law
from probe_envs.observe import one_hot
from probe_envs.options import count
from probe_envs.probe import Probe


def deep_sea(size: int = 5) -> MDP:
    """An episode of ``size`` moves; only moving right every time gets the reward."""
    count("size", size, least=1)

    def step(state: tuple[int, int], action: int) -> Law:
        row, column = state
        cost = 0.01 / size if action == 1 else 0.0
        found = action == 1 and row == column == size - 1
        after = min(max(column + (1 if action == 1 else -1), 0), size - 1)
        target = END if row == size - 1 else (row + 1, after)
        return {(target, float(found) - cost): 1.0}

    look = one_hot(size * size)
    return MDP(
        start={(0, 0): 1.0},
        actions=(0, 1),
        step=step,
        observe=lambda cell: look(cell[0] * size + cell[1]),
    )


PROBE = Probe(name="DeepSea", declare=deep_sea, asks="exploration", prerequisites=("Lock",))
