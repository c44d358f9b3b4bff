"""The softmax of a policy runs over the batch, not over the actions.

``softmax(dim=0)`` of a table with a row for each observation makes the probabilities of one action add up to
1 over all observations. Each observation then takes probability from the others, and the policy does not
learn.

Described in the documentation of ``torch.nn.functional.softmax``, which asks for ``dim``.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="softmax-over-batch",
    component="policy loss",
    look_at="the axis of each softmax: that of the actions, `dim=-1`",
    wrong="log_probs = F.log_softmax(policy(obs), dim=0)",
    right="log_probs = F.log_softmax(policy(obs), dim=-1)",
    forms=(),
    module=__name__,
    disturbs="actions",
)
