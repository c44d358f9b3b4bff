"""The network is in the wrong mode: values depend on the call or on the rest of the batch.

Dropout is on while values are computed, or batch normalisation uses the statistics of the current batch. The
same observation then gets another value in each call, or together with other observations. That happens in
targets as well as in evaluation.

Reported in DLR-RM/stable-baselines3 before 1.2.0, where train() and eval() were not called.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="wrong-network-mode",
    component="network",
    look_at="the calls of `train()` and `eval()`: compute values for targets and for evaluation in "
    "evaluation mode",
    wrong="value = critic(obs)  # dropout is on",
    right="critic.eval()\nvalue = critic(obs)\ncritic.train()",
    forms=(),
    module=__name__,
)
