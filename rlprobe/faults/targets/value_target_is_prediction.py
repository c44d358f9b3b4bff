"""The critic stays as it was.

Its target is its own prediction, its parameters are not in the optimiser, or its gradient is cut off:
whatever happens, the values do not move.

Reported in vwxyzjn/cleanrl#337 and juliusfrost/dreamer-pytorch#79.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="value-target-is-prediction",
    component="critic loss",
    look_at="whether the critic's parameters change at all, and what its target is made of",
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
