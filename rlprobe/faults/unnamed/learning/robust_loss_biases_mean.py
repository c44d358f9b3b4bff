"""A robust loss learns less than the mean of rare large rewards.

The Huber loss and the absolute error count large errors less, so that they lead towards the median. With a
reward of 10 in one of ten cases, squared errors lead to 1, and a Huber loss with a threshold of 1 leads to
0.11: ``p / (1 - p)``. Such a loss is a choice, and no mistake. It does little harm where errors stay below
its threshold.

Described in OpenAI, "OpenAI Baselines: DQN" (2017).
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="robust-loss-biases-mean",
    component="critic loss",
    look_at="the threshold of the loss beside the size of the errors: scale rewards, or use squared errors "
    "and clip gradients",
    wrong="""
loss = F.smooth_l1_loss(q, target)  # rewards of 100, one in fifty
""",
    right="""
loss = F.smooth_l1_loss(q, target / reward_scale)  # errors of about 1
""",
    forms=(),
    module=__name__,
    not_named_because="it is no mistake; rewards of the probes are scaled so that errors stay below the "
    "threshold, where such a loss learns the mean",
    seen_by="`rlprobe run`, where targets are large (`targets-large`) or values are off by a constant "
    "(`value-offset`), and `rlprobe inspect` (`reward-scale`)",
)
