"""The last step of an episode is never stored.

The loop ends before the step is put into the buffer. A reward that comes with the end is never seen, and no
target ever stops at the end: the critic learns as if episodes had none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.faults.transitions import Transitions


def _without(t: Transitions, flag: NDArray[np.bool_]) -> Transitions:
    kept = np.ones(len(t.weight), bool)
    kept[t.current[flag]] = False
    return t.change(weight=np.where(kept, t.weight, 0.0))


def _dropped(t: Transitions) -> Transitions:
    return _without(t, t.ended)


def _dropped_at_terminations(t: Transitions) -> Transitions:
    return _without(t, t.terminated)


FAULT = Fault(
    id="last-step-dropped",
    component="experience storage",
    look_at="the order in the loop: store the step first, then ask whether the episode is over",
    wrong="""
next_obs, reward, terminated, truncated, _ = env.step(action)
if terminated or truncated:
    break
buffer.add(obs, action, reward, next_obs, terminated)
""",
    right="""
next_obs, reward, terminated, truncated, _ = env.step(action)
buffer.add(obs, action, reward, next_obs, terminated)
if terminated or truncated:
    break
""",
    forms=(
        Form(name="of every episode", change=_dropped, needs="one-step", actor="untrained"),
        Form(
            name="of episodes that terminate",
            change=_dropped_at_terminations,
            needs="one-step",
            actor="untrained",
        ),
    ),
    module=__name__,
)
