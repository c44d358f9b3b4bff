"""The ratio of new to old probabilities is wrong.

The clipped loss of PPO needs the probability of each action under the policy that took it, kept from the
rollout. The ratio is 1 before the first update on a rollout, and moves away from 1 afterwards. If the old
log-probabilities are computed anew in each minibatch, it is always 1, and nothing is ever clipped. If they
are those of another network, of another action or of a policy that has already changed, it is not 1 at
first, and much of the data is clipped from the start. Quotients and differences of log-probabilities are no
ratios of probabilities. With the ratio upside down, old over new, the policy is pushed away from what pays.

Reported in AI4Finance-Foundation/ElegantRL#243, tensorforce/tensorforce#312 and huggingface/trl#454. That the
first ratio has to be 1 is one of Huang et al., The 37 Implementation Details of PPO.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="ratio-wrong",
    component="policy loss",
    look_at="where the old log-probabilities are computed (once, when the action is taken, without "
    "gradients), and that the ratio is `exp(new - old)`",
    wrong="""
old = policy(obs).log_prob(action).detach()  # in each minibatch
ratio = (policy(obs).log_prob(action) - old).exp()
""",
    right="""
# old_log_prob was kept when the action was taken
ratio = (policy(obs).log_prob(action) - old_log_prob).exp()
""",
    forms=(),
    module=__name__,
    disturbs="actions",
)
