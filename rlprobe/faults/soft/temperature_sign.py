"""The weight of entropy is tuned the wrong way.

SAC raises the temperature while the entropy of its policy is below a target, and lowers it while it is above.
With a sign error in its loss, a random policy raises the temperature further and stays random, and a
deterministic one lowers it to zero. A target entropy that no policy can reach looks the same.

Source: Haarnoja et al., Soft Actor-Critic Algorithms and Applications (2018), equation 18.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="temperature-sign",
    component="policy loss",
    look_at="the signs in the loss of the temperature, and that of the target entropy: minus the number of "
    "components of an action",
    wrong="alpha_loss = (log_alpha * (log_prob + target_entropy).detach()).mean()",
    right="alpha_loss = -(log_alpha * (log_prob + target_entropy).detach()).mean()",
    forms=(),
    module=__name__,
)
