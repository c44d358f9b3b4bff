"""Constant: a reward of 1, then the end. Can the critic learn a number at all?

One state, one action, one step: ``r = 1`` and the episode terminates. The final observation is the same.

**Exact answer.** ``V = 1`` for every discount.

**What a failure means.** 0: the critic is not trained, or its target is its own prediction.
``1 / (1 - gamma)``, 10 at gamma 0.9: termination is ignored. ``gamma``: the reward is stored one step late.
Growth without bound: the advantage recursion is not cut at the end of the episode.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.probe import Probe


def constant() -> MDP:
    """One step with reward 1."""
    return MDP(start={0: 1.0}, actions=(0,), step=lambda _s, _a: {(END, 1.0): 1.0}, observe=one_hot(1))


PROBE = Probe(
    name="Constant",
    declare=constant,
    asks="value",
    isolates=(
        "termination-ignored",
        "gae-not-cut",
        "reward-lag",
        "reward-shifted",
        "value-target-is-prediction",
        "td-error-masked",
        "nstep-crosses-episode",
        "returns-cross-episodes",
    ),
)
