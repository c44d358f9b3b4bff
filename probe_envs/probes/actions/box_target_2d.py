"""BoxTarget2D: an action of two numbers with bounds of their own. Does the policy find both optima?

One state, one action from ``Box((-2, -6), (2, 6))``, the reward is
``-((a0 + 0.8) / 2)^2 - ((a1 - 4.8) / 6)^2``, then the end.

**Exact answer.** The best action is (-0.8, 4.8), with ``Q = 0``.

**What a failure means.** (-0.8, 2), with reward -0.22: the bounds of the first number are used for both, as
in ``env.action_space.high[0]``. (-0.8, 1), with reward -0.40: the actions are not scaled at all. (0, 4.8),
with reward -0.16: they are scaled, but the lower bound is not added. The same number twice: one output of the
policy serves both.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from gymnasium.spaces import Box

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.probe import Probe

LOW, HIGH, BEST = (-2.0, -6.0), (2.0, 6.0), (-0.8, 4.8)


def box_target_2d() -> MDP:
    """One action; the closer both numbers are to their optimum the better."""

    def reward(a: Any) -> Any:
        first, second = (a[..., 0] - BEST[0]) / HIGH[0], (a[..., 1] - BEST[1]) / HIGH[1]
        return -(first * first) - second * second

    grid = product(
        *(np.linspace(low, high, 11).round(9).tolist() for low, high in zip(LOW, HIGH, strict=True))
    )
    return MDP(
        start={0: 1.0},
        actions=tuple(grid),
        step=lambda _s, a: {(END, float(reward(np.asarray(a, np.float64)))): 1.0},
        pays=reward,
        observe=one_hot(1),
        action_space=Box(np.array(LOW, np.float32), np.array(HIGH, np.float32)),
    )


PROBE = Probe(
    name="BoxTarget2D",
    declare=box_target_2d,
    asks="action",
    isolates=("scalar-action-bounds",),
    prerequisites=("BoxTarget",),
)
