"""N-step returns continue into the next episode.

The buffer of the last n steps is not cleared at the end of an episode. The n-step returns of its last steps
then contain the first rewards of the next episode.

Reported in thu-ml/tianshou#135 and BY571/DQN-Atari-Agents#8.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.episodes import WINDOWS, across, mean_reward, within

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _running_on(t: Transitions, steps: int) -> Transitions:
    """Targets over ``steps`` steps, masked only by the flag of the last step."""
    gamma = t.learner.gamma
    onward = within(t) + across(t)
    ahead, earned = np.eye(len(t.observation)), np.zeros(len(t.observation))
    for k in range(steps - 1):
        earned = earned + gamma**k * ahead @ mean_reward(t)
        ahead = ahead @ onward
    first, pair = np.nonzero(ahead[:, t.current])
    return t.successions(
        pair,
        current=first,
        probability=ahead[first, t.current[pair]] * t.probability[pair],
        reward=earned[first] + gamma ** (steps - 1) * t.reward[pair],
        bootstrap_mask=gamma ** (steps - 1) * t.bootstrap_mask[pair],
        trace_mask=np.zeros(len(pair)),
    )


FAULT = Fault(
    id="nstep-crosses-episode",
    component="experience storage",
    look_at="the buffer of the last n steps: clear it at the end of each episode",
    wrong="""
window.append((obs, action, reward))
if len(window) == n:
    buffer.add(*window.popleft(), n_step_return(window))
""",
    right="""
window.append((obs, action, reward))
if len(window) == n:
    buffer.add(*window.popleft(), n_step_return(window))
if terminated or truncated:
    store_the_rest(window)
    window.clear()
""",
    forms=tuple(
        Form(name=f"windows of {n} steps", change=partial(_running_on, steps=n), needs="one-step")
        for n in WINDOWS
    ),
    module=__name__,
)
