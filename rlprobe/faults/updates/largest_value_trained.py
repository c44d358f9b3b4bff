"""The loss trains the largest action value instead of that of the action taken.

``max`` stands on the side of the prediction, where ``gather`` belongs. The reward of whatever was done is
then learned as the value of the action that is best so far; the others are never learned.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="largest-value-trained",
    component="critic loss",
    look_at="the prediction in the loss: `q(obs).gather(1, actions)`; `max` belongs to the target",
    wrong="""
prediction = q(obs).max(dim=1).values
""",
    right="""
prediction = q(obs).gather(1, actions).squeeze(1)
""",
    forms=(),
    module=__name__,
    disturbs="everything",
)
