"""The observation does not reach the network.

All states look the same, so the critic learns one number, the mean, and the policy one action.

Common causes: a buffer that is never filled, an index that is always zero, a constant fed in its place.
"""

from __future__ import annotations

from rlprobe.fault import Fault, Form

FAULT = Fault(
    id="observation-ignored",
    component="observation pipeline",
    look_at="what the network is fed: print it for two different observations",
    forms=(
        Form(
            name="critic and actor",
            change=lambda rows: rows.change(blind=True),
            actor_on={"ContextBandit": "blind"},
        ),
        Form(name="critic only", change=lambda rows: rows.change(blind=True)),
    ),
    module=__name__,
)
