"""EpisodeLeak: each episode predicts the reward of the next one. Does credit stop at the end of an episode?

Episodes have one step and alternate. A cue ("left" or "right", in turn) has reward 0. The episode after
"left" has reward +0.5, the one after "right" -0.5. Both reward episodes look the same, so their value is 0 on
average. The value of a cue is 0 too, because its own episode has no reward.

**Exact answer.** ``V = (0, 0, 0)`` for the two cues and the reward episode, for every discount.

**What a failure means.** Cues worth ``(0.5, -0.5)`` times ``gamma lambda``: the sum of advantages continues
into the next episode. Times ``gamma``: returns do. Times 1: rewards are credited one step too early. In a
recurrent agent: its hidden state is not reset.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.probe import Probe

NEXT = {"left": "pay", "pay": "right", "right": "take", "take": "left"}
PAYS = {"left": 0.0, "pay": 0.5, "right": 0.0, "take": -0.5}


def episode_leak() -> MDP:
    """A cue, its reward, the other cue, its reward, and so on, each in an episode of its own."""
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
