"""JointAction: an action of several numbers, each with a best value of its own. Does the policy find all?

The observation is -1 or +1 with equal probability. The action is a combination of choices among ``sizes[0]``,
``sizes[1]`` and so on, numbered as in ``numpy.ravel_multi_index``. Choice ``i`` is best at ``i`` modulo its
size where the observation is -1, and one further where it is +1. The reward is the share of the choices that
are best, and the episode terminates.

**Exact answer.** ``Q`` is that share; ``V = 1``. With ``sizes=(3, 3)``: (0, 1), which is number 1, and
(1, 2), number 5. Random play gets the mean of ``1 / size``.

**What a failure means.** One choice best and another wrong: the log-probability of one choice is used for
another, or is left out of the sum; or one output of the policy serves two choices.
"""

from __future__ import annotations

import numpy as np

from probe_envs.mdp import END, MDP
from probe_envs.observe import scalar
from probe_envs.options import OptionError, count
from probe_envs.probe import Probe


def joint_action(sizes: tuple[int, ...] = (3, 3)) -> MDP:
    """One step; the observation says which choice is best in each place."""
    if not isinstance(sizes, (tuple, list)) or len(sizes) < 2:
        raise OptionError(f"sizes: expected a tuple of at least two sizes, got {sizes!r}")
    sizes = tuple(count("sizes", size, least=2) for size in sizes)

    def reward(state: int, action: int) -> float:
        chosen = np.unravel_index(action, sizes)
        best = ((place + (state > 0)) % size for place, size in enumerate(sizes))
        return float(np.mean([one == other for one, other in zip(chosen, best, strict=True)]))

    return MDP(
        start={-1: 0.5, 1: 0.5},
        actions=tuple(range(int(np.prod(sizes)))),
        step=lambda s, a: {(END, reward(s, int(a))): 1.0},
        observe=scalar,
    )


PROBE = Probe(
    name="JointAction",
    declare=joint_action,
    asks="action",
    isolates=(),
    prerequisites=("Constant", "ObservationSign"),
)
