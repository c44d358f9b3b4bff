"""SkippedEnd: episodes end inside a frame skip of 4, by truncation or termination. Is the end kept?

An episode starts in state 0 or 6. From 0, six steps with rewards 1, 2, 4, 8, 16, 32 lead to state 10, where
the time limit of 6 truncates. From 6, five steps have rewards 1, 2, 4, 8, 16, and the last one terminates.
The observation of state k is k + 1 ones, that of the end 12 ones. One action. The rewards are powers of two,
so every sum shows which steps it contains.

**Exact answer.** With a skip of 4 the agent acts in the states 0, 6, 4 and 10, and both ends fall inside its
second skip: ``V(10) = 16``, ``V(6) = 15 + 16 gamma``, ``V(4) = 48 + 16 gamma`` and
``V(0) = 15 + gamma V(4)``. In the order of reports, 0, 6, 4, 10, this is (71.2, 29.4, 62.4, 16) at gamma 0.9.
Reports divide by 16: (4.45, 1.84, 3.9, 1). ``probe_envs.frame_skip`` derives them.

**What a failure means.** (3.11, 1.4, 3.61, 1): no frame skip. (3.11, 1.4, 2.9, 1): only the last reward of a
skip is kept. (27.9, 1.84, 30, 1), or values growing towards it: at the truncation the skip returns the
observation from before the skip, as those of Gymnasium and Stable-Baselines3 do, which keep only the last two
frames of a full skip.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import staircase
from probe_envs.probe import Probe

REWARDS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 1.0, 2.0, 4.0, 8.0, 16.0)
CUT, FINISHED = 5, 10
"""The last states of the two lines; the first leads into the end of the second."""


def skipped_end() -> MDP:
    """Two lines of states; each reward is twice the one before."""
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
