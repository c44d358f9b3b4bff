"""Double DQN is plain DQN: one network both chooses and values the next action.

Double DQN chooses with the trained network and values with the target network, so that an error that makes an
action look best does not also make its value too high. If both come from one network, the largest of several
noisy values is too high on average, as in plain DQN.

Reported in keon/deep-q-learning#35 and higgsfield/RL-Adventure#5. Source: van Hasselt et al. (2016).
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="double-dqn-is-plain",
    component="value targets",
    look_at="which network the `argmax` and which one the `gather` belong to: the trained one chooses, the "
    "target network values",
    wrong="""
best = target_net(next_obs).argmax(1, keepdim=True)
next_q = target_net(next_obs).gather(1, best)
""",
    right="""
best = q_net(next_obs).argmax(1, keepdim=True)
next_q = target_net(next_obs).gather(1, best)
""",
    forms=(),
    module=__name__,
    not_named_because="plain DQN is correct too; the two differ by a bias of noisy values, which takes "
    "twenty runs or more to measure",
    seen_by="`rlprobe check` on the function that computes the targets (family `double_q_target`), and "
    "`rlprobe run`, where values rise above the returns that follow (`q-overestimated`)",
)
