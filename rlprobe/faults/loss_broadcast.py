"""The loss pairs every prediction with every target.

Shapes ``(N, 1)`` and ``(N,)`` broadcast to ``(N, N)``, so every prediction is fitted to the mean of all
targets: the mean is right and all states have it.

Reported in thu-ml/tianshou#40 and, as a pitfall, in PyTorch's own warning about target sizes.
"""

from __future__ import annotations

from rlprobe.fault import Fault, Form

FAULT = Fault(
    id="loss-broadcast",
    component="critic loss",
    look_at="the shapes of prediction and target just before the loss: print both",
    forms=(
        Form(name="critic of an actor-critic", change=lambda rows: rows.change(pooled=True)),
        Form(
            name="action values", change=lambda rows: rows.change(pooled=True), actor="any", needs="one-step"
        ),
    ),
    module=__name__,
)
