"""The entropy of the policy is computed wrongly.

It is the sum of ``-p log p`` over all actions. A mean in its place divides the bonus by the number of
actions, and the logarithm of the chosen action alone is not the entropy: the gradient of its mean over
sampled actions is zero on average, so that it rewards nothing. Of a Gaussian, the entropies of the components
are added up.

Reported in noahfarr/rlx#3, AI4Finance-Foundation/ElegantRL#4, Unity-Technologies/ml-agents#3607 and
tensorforce/tensorforce#177.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="entropy-miscomputed",
    component="policy loss",
    look_at="the entropy in the loss: `dist.entropy()`, with `.sum(-1)` for a Gaussian of several components",
    wrong="""
entropy = -log_prob.mean()  # of the actions taken
""",
    right="""
entropy = dist.entropy().mean()
""",
    forms=(),
    module=__name__,
    not_named_because="a bonus of another size, or of none, leaves the best actions of the probes the best; "
    "only its sign shows (`entropy-bonus-sign`)",
    seen_by="`rlprobe check` on the function that computes it (families `entropy_categorical` and "
    "`entropy_gaussian`)",
)
