"""Truncation is treated as termination.

The targets use ``done = terminated or truncated`` and so stop bootstrapping at a time limit. But the task
goes on after a truncation, and its value does too: states near the limit get values that are too small.
Source: Pardo et al., Time Limits in Reinforcement Learning (2018).

Reported in vwxyzjn/cleanrl#198 and many others. It is the most common fault of all.
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
