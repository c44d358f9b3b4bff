"""Decoder: three steps with rewards 1, 0, 2. Are rewards discounted and credited to the right step?

States 0, 1, 2 follow each other. The final observation belongs to no state (number 3). One action.

**Exact answer.** ``V = (1 + 2 gamma^2, 2 gamma, 2)``, which is (2.62, 1.8, 2) at gamma 0.9.

**What a failure means.** The three values identify most mistakes in the target. (3, 2, 2): no discount.
(2.31, 1.62, 2): gamma squared. (1, 0, 2): a target network that is never synchronised. (2.36, 2.62, 1.8):
rewards stored one step late. Three equal values: a loss that pairs every prediction with every target.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.options import numbers
from probe_envs.probe import Probe


def decoder(rewards: tuple[float, ...] = (1.0, 0.0, 2.0)) -> MDP:
    """Fixed steps with the given rewards, then the end."""
    rewards = numbers("rewards", rewards)
    last = len(rewards) - 1
    look = one_hot(last + 2)
    return MDP(
        start={0: 1.0},
        actions=(0,),
        step=lambda s, _a: {(END if s == last else s + 1, rewards[s]): 1.0},
        observe=look,
        observe_end=lambda _s: look(last + 1),
    )


PROBE = Probe(
    name="Decoder",
    declare=decoder,
    asks="value",
    isolates=(
        "no-discount",
        "discount-exponent",
        "reward-lag",
        "done-one-early",
        "next-observation-is-observation",
        "no-bootstrap",
        "whole-return-every-step",
        "no-reward-to-go",
        "forward-accumulation",
    ),
    prerequisites=("ObservationSign",),
)
