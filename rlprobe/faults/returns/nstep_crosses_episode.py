"""N-step returns continue into the next episode.

The buffer of the last n steps is not cleared at the end of an episode, or at terminations only. The n-step
returns of its last steps then contain the first rewards of the next episode.

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


def _running_on(t: Transitions, steps: int, *, over_terminations: bool) -> Transitions:
    """Targets over ``steps`` steps of one or several episodes, masked only by the flag of the last step."""
    gamma = t.learner.gamma
    stops = t.terminated & (not over_terminations)
    onward = within(t) + across(t.change(probability=t.probability * ~stops))
    ahead, earned, parts = np.eye(len(t.observation)), np.zeros(len(t.observation)), []
    for k in range(steps):
        earned = earned + gamma**k * ahead @ mean_reward(t)
        first, pair = np.nonzero(ahead[:, t.current] * (stops | (k == steps - 1)))
        chance = ahead[first, t.current[pair]] * t.probability[pair]
        parts.append((first, pair, chance, gamma**k * t.bootstrap_mask[pair]))
        ahead = ahead @ onward
    first, pair, chance, mask = (np.concatenate(part) for part in zip(*parts, strict=True))
    return t.successions(
        pair,
        current=first,
        probability=chance,
        reward=earned[first],
        bootstrap_mask=mask,
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
    forms=(
        *(
            Form(
                name=f"windows of {n} steps",
                change=partial(_running_on, steps=n, over_terminations=True),
                needs="one-step",
            )
            for n in WINDOWS
        ),
        *(
            Form(
                name=f"windows of {n} steps, cleared at terminations",
                change=partial(_running_on, steps=n, over_terminations=False),
                needs="one-step",
            )
            for n in WINDOWS
        ),
    ),
    module=__name__,
)
