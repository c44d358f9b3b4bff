"""Returns are accumulated forwards instead of backwards.

The running sum ``R = r + gamma * R`` goes through the episode from the first step to the last. So each step
gets the rewards before it, and the last step gets all of them. Or the sum runs backwards, as it should, and
its results are never turned around: the first step gets the return of the last.

Planted in the mutation study RLMutation (2023) as "no reverse".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.episodes import monte_carlo, rewards_forward
from rlprobe.faults.whole_episodes import discounted, mean_targets

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _forwards(t: Transitions) -> Transitions:
    return monte_carlo(t, rewards_forward(t))


def _reversed(t: Transitions) -> Transitions:
    """The first step gets the return of the last one, and so on."""
    found = mean_targets(t, lambda rewards: discounted(rewards, t.learner.gamma)[::-1])
    return t.with_critic(frozen="unpredictable") if found is None else monte_carlo(t, found)


FAULT = Fault(
    id="forward-accumulation",
    component="returns",
    look_at="the direction of the loop over the rewards: from the last step to the first",
    wrong="""
for r in rewards:
    total = r + gamma * total
    returns.append(total)
""",
    right="""
for r in reversed(rewards):
    total = r + gamma * total
    returns.insert(0, total)
""",
    forms=(
        Form(name="sums of the rewards so far", change=_forwards, needs="monte-carlo"),
        Form(name="returns in the wrong order", change=_reversed, needs="monte-carlo"),
    ),
    module=__name__,
)
