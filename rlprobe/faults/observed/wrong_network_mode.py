"""Layers of the network are in the wrong mode: values depend on the call or on the rest of the batch.

Dropout is on while values are computed, or a batch normalisation uses the statistics of the batch it is
given. The same observation then has another value in each call, or beside other observations, in targets
as well as in evaluation.

Reported in DLR-RM/stable-baselines3 before 1.2.0, where train() and eval() were not called.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="wrong-network-mode",
    component="network",
    look_at="the calls of `train()` and `eval()`: values for targets and for evaluation are computed in "
    "evaluation mode",
    wrong="value = critic(obs)  # dropout is on",
    right="critic.eval()\nvalue = critic(obs)\ncritic.train()",
    forms=(),
    module=__name__,
)
