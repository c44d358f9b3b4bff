"""The critic is fitted to advantages in place of returns.

An advantage is a return minus the critic's own value. The critic then settles at values that equal the
return minus themselves: half of the correct values, or less where the return bootstraps.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="value-target-is-advantage",
    component="critic loss",
    look_at="the target of the critic: the advantages plus the values they were computed with",
    wrong="value_loss = (critic(obs) - advantages).pow(2).mean()",
    right="""
returns = advantages + values
value_loss = (critic(obs) - returns).pow(2).mean()
""",
    forms=(Form(name="values are not added", change=lambda t: t.with_critic(fits_advantage=True)),),
    module=__name__,
)
