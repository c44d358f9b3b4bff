"""BoxTarget: a continuous action from -2 to 6 with the optimum at 5. Does the policy find it?

One state, one action from ``Box(-2, 6)``, the reward is ``-((a - 5) / 4)^2``, then the end.

**Exact answer.** ``Q(a) = -((a - 5) / 4)^2``; the best action is 5, with ``Q = 0``.

**What a failure means.** An action of at most 1 (reward -1): actions are not rescaled from (-1, 1) to the
bounds of the space. 4 (reward -0.0625): scaled, but not shifted. -2 (reward -3.0625): a sign is flipped.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Box

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.options import OptionError, number
from probe_envs.probe import Probe


def box_target(target: float = 5.0) -> MDP:
    """One action; the closer to ``target`` the better."""
    if not -2.0 <= number("target", target) <= 6.0:
        raise OptionError(f"target: expected a number from -2 to 6, got {target!r}")

    def reward(a: Any) -> Any:
        gap = (a - target) / 4.0
        return -(gap * gap)

    return MDP(
        start={0: 1.0},
        actions=tuple(np.unique([*np.linspace(-2.0, 6.0, 33), target]).tolist()),
        step=lambda _s, a: {(END, reward(np.asarray(a).item())): 1.0},
        pays=lambda actions: reward(actions[:, 0]),
        observe=one_hot(1),
        action_space=Box(-2.0, 6.0, (1,), np.float32),
    )


PROBE = Probe(
    name="BoxTarget",
    declare=box_target,
    asks="action",
    isolates=("sign-flipped",),
    prerequisites=("Constant",),
)
