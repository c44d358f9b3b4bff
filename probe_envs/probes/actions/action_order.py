"""ActionOrder: five arms with five rewards. Does the policy find the best arm?

One state, five actions with rewards (0.1, 0.7, -0.4, 1.3, 0.4), then the end. With ``start=2`` the
actions are numbered 2 to 6.

**Exact answer.** ``Q(a) = r(a)``; the best arm is number 3 (or 5 with ``start=2``) with 1.3, the worst
number 2 (or 4) with -0.4. Random play gets 0.42 on average.

**What a failure means.** The worst arm: a sign is flipped in the policy loss. A uniform policy: the
advantages are zero, for example because they are normalised over the wrong axis. Actions outside the space:
the agent ignores ``start`` of the action space.
"""

from __future__ import annotations

from gymnasium.spaces import Discrete

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.options import numbers
from probe_envs.probe import Probe


def action_order(start: int = 0, rewards: tuple[float, ...] = (0.1, 0.7, -0.4, 1.3, 0.4)) -> MDP:
    """One pull of one of five arms."""
    rewards = numbers("rewards", rewards)
    count = len(rewards)
    return MDP(
        start={0: 1.0},
        actions=tuple(range(start, start + count)),
        step=lambda _s, a: {(END, rewards[int(a) - start]): 1.0},
        observe=one_hot(1),
        action_space=Discrete(count, start=start),
    )


PROBE = Probe(
    name="ActionOrder",
    declare=action_order,
    asks="action",
    isolates=("sign-flipped",),
    prerequisites=("Constant",),
)
