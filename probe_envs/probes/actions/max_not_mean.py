"""MaxNotMean: two choices in a row. Does the target use the maximum over the next actions?

In state 0 four actions have rewards (0, 0.1, 0.3, 0.2) and lead to state 1. There four actions have rewards
(0.5, 0.95, 0.65, 1) and terminate. The final observation belongs to no state.

**Exact answer.** ``Q(1, a) = r(a)`` and ``V(1) = 1``; ``Q(0, a) = r(a) + gamma``, so ``V(0) = 0.3 + gamma``,
1.2 at gamma 0.9. The best actions are 2 and then 3.

**What a failure means.** The value of state 0 names the mistake, at gamma 0.9. 3: the target uses the index
of the best action instead of its value. 0.998: the mean of all actions. 0.75: the minimum. 0.885: the action
that is best in the state before. 0.3: the target does not bootstrap.
"""

from __future__ import annotations

from probe_envs.mdp import END, MDP
from probe_envs.observe import one_hot
from probe_envs.probe import Probe

FIRST, SECOND = (0.0, 0.1, 0.3, 0.2), (0.5, 0.95, 0.65, 1.0)


def max_not_mean() -> MDP:
    """Two choices of four actions each; only rewards depend on them."""
    look = one_hot(3)
    return MDP(
        start={0: 1.0},
        actions=(0, 1, 2, 3),
        step=lambda s, a: {(1, FIRST[int(a)]): 1.0} if s == 0 else {(END, SECOND[int(a)]): 1.0},
        observe=look,
        observe_end=lambda _s: look(2),
    )


PROBE = Probe(
    name="MaxNotMean",
    declare=max_not_mean,
    asks="value",
    isolates=("wrong-max", "no-bootstrap"),
    prerequisites=("ActionOrder", "Decoder"),
)
