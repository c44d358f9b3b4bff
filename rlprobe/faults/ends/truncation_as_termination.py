"""Truncation is treated as termination.

A time limit belongs to the environment and ends no value, but the targets use a ``done`` that is true
for both flags and so stop bootstrapping. States near the limit look worse than they are. Source:
Pardo et al., Time Limits in Reinforcement Learning (2018).

Reported in vwxyzjn/cleanrl#198 and many others; it is the most common fault of all.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="truncation-as-termination",
    component="value targets",
    look_at="where your targets use `done`: only `terminated` may stop the bootstrap",
    wrong="""
done = terminated or truncated
target = reward + gamma * (1 - done) * v_next
""",
    right="target = reward + gamma * (1 - terminated) * v_next",
    forms=(
        Form(
            name="no bootstrap at the limit",
            change=lambda t: t.change(bootstrap_mask=t.bootstrap_mask * ~t.truncated),
        ),
    ),
    module=__name__,
)
