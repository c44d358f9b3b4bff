"""N-step returns continue into the next episode.

The buffer of the last n steps is not cleared at the end of an episode, or at terminations only. The n-step
returns of its last steps then contain the first rewards of the next episode.

Reported in thu-ml/tianshou#135 and BY571/DQN-Atari-Agents#8.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.episodes import WINDOWS, over_steps

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _running_on(t: Transitions, steps: int, *, over_terminations: bool) -> Transitions:
    """Targets over ``steps`` steps of one or several episodes, masked only by the flag of the last step."""
    gamma = t.learner.gamma
    crosses = t.ended if over_terminations else t.ended & ~t.terminated
    return over_steps(t, steps, reward_discount=gamma, last_discount=gamma, crosses=crosses)


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
