"""The target takes the largest value of all next actions, forbidden ones included.

Where some actions are not allowed, the agent does not take them, and their values are never trained. The
largest next value must be that of an allowed action, or targets hold a number that means nothing.

Reported in thu-ml/tianshou#309 and #222 and ray-project/ray#47537.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="mask-not-in-target",
    component="value targets",
    look_at="the maximum in the target: values of actions that the next mask forbids are minus infinity",
    wrong="""
next_q = target_net(next_obs).max(1).values
""",
    right="""
next_q = target_net(next_obs).masked_fill(~next_mask, -torch.inf).max(1).values
""",
    forms=(),
    module=__name__,
    not_named_because="no probe forbids actions: Gymnasium has no common way to say which are allowed",
    seen_by="a test of the function that computes the targets: a forbidden next action of value 10 must not "
    "change them",
)
