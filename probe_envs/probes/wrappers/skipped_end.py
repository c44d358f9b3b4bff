"""SkippedEnd: two lines of steps, one cut off and one finished inside a frame skip of 4. What is kept?

An episode starts in state 0 or 6. From 0 six steps earn 1, 2, 4, 8, 16, 32, lead to state 10, and the time
limit of 6 truncates the episode there; from 6 five steps earn 1, 2, 4, 8, 16 and it terminates. State k is
shown as k + 1 ones, the end as 12. One action. The rewards are powers of two, so every sum tells which
steps are in it.

**Exact answer.** Under a skip of 4 the agent acts in the states 0, 6, 4 and 10, and both endings fall inside
its second skip: ``V(10) = 16``, ``V(6) = 15 + 16 gamma``, ``V(4) = 48 + 16 gamma`` and
``V(0) = 15 + gamma V(4)``. In the order of reports, 0, 6, 4, 10, that is (71.2, 29.4, 62.4, 16) at gamma 0.9;
reports divide by 16: (4.45, 1.84, 3.9, 1). ``probe_envs.frame_skip`` derives them.

**What a failure means.** (3.11, 1.4, 3.61, 1): nothing is skipped. (3.11, 1.4, 2.9, 1): only the last reward
of a skip is kept. (27.9, 1.84, 30, 1), or values growing towards it: the observation at the truncation is
from before the skip, as in the frame skips of Gymnasium and Stable-Baselines3, which look at the last two
frames of a full skip only.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import staircase
from probe_envs.probe import Probe

REWARDS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 1.0, 2.0, 4.0, 8.0, 16.0)
CUT, FINISHED = 5, 10
"""The last states of the two lines; the first leads into the end of the second."""


def skipped_end() -> MDP:
    """Two lines, each step paid twice as much as the one before."""
    after = {CUT: FINISHED, FINISHED: END}
    look = staircase(len(REWARDS) + 1)
    return MDP(
        start={0: 0.5, CUT + 1: 0.5},
        actions=(0,),
        step=lambda s, _a: {(after.get(s, s + 1), REWARDS[s]): 1.0},
        observe=look,
        observe_end=lambda _s: look(len(REWARDS)),
        time_limit=6,
    )


PROBE = Probe(
    name="SkippedEnd",
    declare=skipped_end,
    asks="value",
    isolates=("frame-skip-missing", "frame-skip-rewards", "frame-skip-stale-end"),
    prerequisites=("ObservationSign",),
)
