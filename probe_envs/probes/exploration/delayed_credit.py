"""DelayedCredit: the reward for the first action comes four steps later. How long a delay can it learn?

The first action decides whether the last step has reward +1 (action 1) or -1 (action 0). All other actions
have no effect, and step 2 always has reward 0.3. The observation shows the number of steps, not the choice.

**Exact answer.** ``Q(start, a) = (+1 or -1) gamma^delay + 0.3 gamma^2`` (the second term where the
episode is longer than two steps): 0.899 and -0.413 at gamma 0.9. Random play succeeds with probability 1/2.

**What a failure means.** The report gives the longest delay solved and the success rate of random play.
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
