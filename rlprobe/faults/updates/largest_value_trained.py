"""The loss trains the largest action value instead of that of the action taken.

The prediction is computed by ``max`` in place of ``gather``. The reward of any action is then learned as the
value of the action that is best so far; the values of the others are never learned.
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
