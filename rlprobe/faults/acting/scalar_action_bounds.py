"""The bounds of the first action component are used for all of them.

``env.action_space.high[0]`` is one number. Where the components have different bounds, the others are scaled
to a range that is too small, and their best actions are never reached, or too large, and most are clipped.

The code of TD3's authors reads the bounds so (sfujim/TD3, main.py), which is right for the tasks of its
paper only.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="scalar-action-bounds",
    component="action pipeline",
    look_at="where the bounds of the action space are read: `high[0]` is the bound of one component",
    wrong="max_action = float(env.action_space.high[0])",
    right="""
max_action = torch.as_tensor(env.action_space.high)  # one bound for each component
""",
    forms=(Form(name="bounds of the first component for all", actor_on={"BoxTarget2D": "unscaled"}),),
    module=__name__,
)
