"""A population method keeps the wrong candidates.

The elites come from the wrong end of the ranking, so the policy comes to prefer the worst actions, or any but
the best. A wrong sign in a policy loss looks the same, so this is considered only where the code of the agent
speaks of elites.

Reported in swarm-ai-research/swarm#497 and yandexdataschool/Practical_RL#467.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="cem-elites",
    component="policy update",
    look_at="how candidates are ranked, and which end of the ranking is kept",
    wrong="elites = sorted(candidates, key=score)[:n_elites]  # the smallest scores come first",
    right="elites = sorted(candidates, key=score, reverse=True)[:n_elites]",
    forms=(
        # an episode that ended early by chance looks bad, whichever action was good
        Form(name="the worst candidates", actor="worst", actor_on={"WillToLive": "any"}),
        # where half of the candidates are as good as the best, none may be left out
        Form(
            name="all but the best candidates",
            actor="not_best",
            actor_on={"WillToLive": "any", "ContextBandit": "any"},
        ),
    ),
    module=__name__,
)
