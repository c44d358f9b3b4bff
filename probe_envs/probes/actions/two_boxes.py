"""TwoBoxes: two continuous actions in a row. Does the target use the current policy for the next action?

In state 0 every action from ``Box(-1, 1)`` has reward 0 and leads to state 1. There the reward is
``1 - 0.5 (a - 0.8)^2``, and the episode terminates. The final observation belongs to no state.

**Exact answer.** ``V(1) = 1``, at the best action 0.8, and ``V(0) = gamma``, 0.9 at gamma 0.9.

**What a failure means.** State 1 correct and state 0 at ``0.68 gamma`` (0.612): the next action comes from
the initial policy, in the middle of the range, because the target actor is never updated. 0: the target does
not bootstrap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from gymnasium.spaces import Box

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.probe import Probe

BEST = 0.8


def two_boxes() -> MDP:
    """A first step whose action does not matter, and a second one whose action does."""
    look = one_hot(3)

    def step(state: int, action: Any) -> dict[tuple[Any, float], float]:
        if state == 0:
            return {(1, 0.0): 1.0}
        gap = np.asarray(action).item() - BEST
        return {(END, 1.0 - 0.5 * gap * gap): 1.0}

    return MDP(
        start={0: 1.0},
        actions=tuple(np.unique([*np.linspace(-1.0, 1.0, 17), BEST]).tolist()),
        step=step,
        observe=look,
        observe_end=lambda _s: look(2),
        action_space=Box(-1.0, 1.0, (1,), np.float32),
    )


PROBE = Probe(
    name="TwoBoxes",
    declare=two_boxes,
    asks="value",
    isolates=("target-actor-never-updated", "no-bootstrap"),
    prerequisites=("BoxTarget", "Decoder"),
)
