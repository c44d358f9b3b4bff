"""ObservationSign: the reward equals the observation. Does the observation reach the critic?

The observation is -1 or +1 with equal probability, the reward equals it, and the episode terminates. The
final observation is the same.

**Exact answer.** ``V(-1) = -1``, ``V(+1) = +1`` for every discount.

**What a failure means.** (0, 0): the observation does not reach the critic, or the loss pairs every
prediction with every target. Half of the exact values: the reset between two episodes of a vector
environment is stored as a step.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import scalar
from probe_envs.probe import Probe


def observation_sign() -> MDP:
    """One step whose reward is the observation."""
    return MDP(
        start={-1: 0.5, 1: 0.5}, actions=(0,), step=lambda s, _a: {(END, float(s)): 1.0}, observe=scalar
    )


PROBE = Probe(
    name="ObservationSign",
    declare=observation_sign,
    asks="value",
    isolates=(
        "observation-ignored",
        "loss-broadcast",
        "autoreset-row-stored",
        "time-env-axes-mixed",
        "arrays-shuffled-apart",
        "observation-aliased",
        "shared-seed",
    ),
    prerequisites=("Constant",),
)
