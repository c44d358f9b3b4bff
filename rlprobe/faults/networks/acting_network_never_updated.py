"""The network that acts is never updated.

A copy of the policy collects the experience, and the trained weights are never copied to it: the line
``policy_old.load_state_dict(policy.state_dict())`` is missing, or a local network of A3C is never
synchronised. The agent acts all the time as it did at first, whatever it learns.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="acting-network-never-updated",
    component="exploration",
    look_at="the line that copies the trained weights to the network that acts, after each update",
    wrong="""
action = policy_old(obs).sample()
...
optimizer.step()  # trains policy, and policy_old stays as it was
""",
    right="""
action = policy_old(obs).sample()
...
optimizer.step()
policy_old.load_state_dict(policy.state_dict())
""",
    forms=(),
    module=__name__,
    disturbs="actions",
)
