"""Gradients are not cleared between the steps of the optimizer.

PyTorch adds each new gradient to the one that is there. Without ``zero_grad`` every step follows the sum of
all gradients so far: old errors are corrected again and again, and values overshoot and swing.

Described in the documentation of ``torch.optim.Optimizer.zero_grad``; reported by Karpathy as one of the most
common mistakes with neural networks ("you forgot to .zero_grad() before .backward()").
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="gradients-accumulate",
    component="optimizer",
    look_at="`optimizer.zero_grad()` before each `loss.backward()`: for every optimizer, and inside the loop "
    "over mini-batches",
    wrong="""
loss.backward()
optimizer.step()
""",
    right="""
optimizer.zero_grad()
loss.backward()
optimizer.step()
""",
    forms=(),
    module=__name__,
    disturbs="everything",
)
