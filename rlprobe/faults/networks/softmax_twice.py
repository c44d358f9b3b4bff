"""Softmax is applied to probabilities.

The network ends with a softmax, and ``Categorical(logits=...)``, ``cross_entropy`` or ``log_softmax`` applies
another one. Probabilities lie between 0 and 1, so the policy can never prefer one of two actions by more than
a factor of 2.7, and acts nearly at random however long it learns.

Described in the documentation of ``torch.nn.CrossEntropyLoss``, which expects logits.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="softmax-twice",
    component="policy loss",
    look_at="what goes into the distribution: `Categorical(logits=...)` for outputs without a softmax, "
    "`Categorical(probs=...)` for probabilities",
    wrong="""
probs = torch.softmax(policy(obs), dim=-1)
dist = Categorical(logits=probs)
""",
    right="""
dist = Categorical(logits=policy(obs))
""",
    forms=(),
    module=__name__,
    disturbs="actions",
)
