"""RewardSet: four states with rewards -1, -0.5, 0.5 and 5. Does the reward reach the critic unchanged?

Each episode is one step in one of four states. The final observation is that of the same state.

**Exact answer.** ``V = (-1, -0.5, 0.5, 5)`` for every discount.

**What a failure means.** (-1, -0.5, 0.5, 1): rewards are clipped. (-1, -1, 1, 1): only their sign is used.
(-1, 0, 0, 5): they are cast to integers. (-2, -1.5, -0.5, 4): their mean is subtracted. Four equal values:
the loss pairs every prediction with every target.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.options import numbers
from probe_envs.probe import Probe


def reward_set(rewards: tuple[float, ...] = (-1.0, -0.5, 0.5, 5.0)) -> MDP:
    """One step in one of several states, each with its own reward."""
    rewards = numbers("rewards", rewards)
    count = len(rewards)
    return MDP(
        start=dict.fromkeys(range(count), 1 / count),
        actions=(0,),
        step=lambda s, _a: {(END, rewards[s]): 1.0},
        observe=one_hot(count),
    )


PROBE = Probe(
    name="RewardSet",
    declare=reward_set,
    asks="value",
    isolates=(
        "reward-clipped",
        "reward-shifted",
        "loss-broadcast",
        "observation-ignored",
        "autoreset-row-stored",
        "distribution-mass-lost",
    ),
    prerequisites=("ObservationSign",),
)
