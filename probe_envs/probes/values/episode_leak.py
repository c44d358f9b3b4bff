"""EpisodeLeak: each episode announces what the next one pays. Does learning stop where an episode ends?

Episodes are one step long and alternate: a cue ("left" or "right", in turn) that earns nothing, then a
payment of +0.5 after "left" and -0.5 after "right". Both payments look alike, so that within their
episode they are worth 0 on average; so is a cue, whose own episode pays nothing.

**Exact answer.** ``V = (0, 0, 0)`` of the two cues and of the payment, for every discount.

**What a failure means.** Cues worth ``(0.5, -0.5)`` times ``gamma lambda``: the sum of advantages runs
on from one episode to the next; times ``gamma``: returns do; times 1: rewards are credited one step too
early. In an agent with memory: its state is not reset.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.probe import Probe

NEXT = {"left": "pay", "pay": "right", "right": "take", "take": "left"}
PAYS = {"left": 0.0, "pay": 0.5, "right": 0.0, "take": -0.5}


def episode_leak() -> MDP:
    """A cue, what it announced, the other cue, what that announced, and again."""
    look = one_hot(3)
    seen = {"left": 0, "right": 1, "pay": 2, "take": 2}
    return MDP(
        start=dict.fromkeys(NEXT, 0.25),
        restart=lambda last: {NEXT[last]: 1.0},
        actions=(0,),
        step=lambda s, _a: {(END, PAYS[s]): 1.0},
        observe=lambda s: look(seen[s]),
    )


PROBE = Probe(
    name="EpisodeLeak",
    declare=episode_leak,
    asks="value",
    isolates=("gae-not-cut",),
    prerequisites=("ObservationSign",),
)
