"""DelayedCredit: the first action is paid four steps later. How long a delay can the agent bridge?

The first action decides whether the last step earns +1 (action 1) or -1 (action 0); all other actions
do nothing, and step 2 earns 0.3 whatever happens. The agent sees the number of steps, not its choice.

**Exact answer.** ``Q(start, a) = (+1 or -1) gamma^delay + 0.3 gamma^2`` (the second term where the
episode is longer than two steps): 0.899 against -0.413 at gamma 0.9; random play is right with chance 1/2.

**What a failure means.** The report gives the longest delay solved beside the chance of random play.
Failing at a short delay means that credit goes to the wrong step.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP, Law
from probe_envs.observe import one_hot
from probe_envs.options import count
from probe_envs.probe import Probe


def delayed_credit(delay: int = 4) -> MDP:
    """The first of ``delay + 1`` actions decides the reward of the last step."""
    count("delay", delay, least=1)

    def step(state: tuple[int, int | None], action: int) -> Law:
        elapsed, choice = state
        choice = action if elapsed == 0 else choice
        reward = 0.3 if elapsed == 2 and delay > 2 else 0.0
        if elapsed == delay:
            return {(END, reward + (1.0 if choice == 1 else -1.0)): 1.0}
        return {((elapsed + 1, choice), reward): 1.0}

    look = one_hot(delay + 1)
    return MDP(
        start={(0, None): 1.0},
        actions=(0, 1),
        step=step,
        observe=lambda state: look(state[0]),
    )


PROBE = Probe(
    name="DelayedCredit",
    declare=delayed_credit,
    asks="exploration",
    isolates=("reward-lag", "done-one-early"),
    prerequisites=("ContextBandit", "Chain"),
)
