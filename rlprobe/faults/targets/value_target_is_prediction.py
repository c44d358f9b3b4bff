"""The critic does not learn: its values stay as they were at initialisation.

Its target is its own prediction, its parameters are not in the optimiser, or its gradient is cut off by
``detach`` or ``no_grad``.

Reported in vwxyzjn/cleanrl#337 and juliusfrost/dreamer-pytorch#79.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="value-target-is-prediction",
    component="critic loss",
    look_at="whether an update changes the critic's parameters, and how its target is computed",
    wrong="""
returns = values.detach()  # the advantages are added later, and never
value_loss = (critic(obs) - returns).pow(2).mean()
""",
    right="""
returns = values.detach() + advantages
value_loss = (critic(obs) - returns).pow(2).mean()
""",
    forms=(Form(name="values do not move", change=lambda t: t.with_critic(frozen="critic")),),
    module=__name__,
)
