"""Arrays of one batch are shuffled in different orders.

Observations, actions, advantages and returns each get a permutation of their own, so every observation is
trained with the target and advantage of another step. All states get the mean of all targets, and the policy
learns nothing. Where only the advantages are those of other steps, as with ``advantages[:batch_size]`` beside
``actions[indices]``, the values are right.

Reported in alessiodm/drl-zh#17.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.targets.loss_broadcast import any_reward

RARER = 0.25
"""Where only targets are shuffled, ``loss-broadcast`` predicts the same, and is more common."""

FAULT = Fault(
    id="arrays-shuffled-apart",
    component="experience storage",
    look_at="how minibatches are drawn: one permutation of indices for every array; and whether the stored "
    "actions are those that were taken",
    wrong="""
for array in (obs, actions, advantages, returns):
    rng.shuffle(array)
""",
    right="""
order = rng.permutation(len(obs))
obs, actions, advantages, returns = (x[order] for x in (obs, actions, advantages, returns))
""",
    forms=(
        Form(
            name="targets and advantages of other steps",
            change=lambda t: t.with_critic(one_value=True),
            actor="untrained",
            answers="similar",
            needs="eligibility",
        ),
        Form(
            name="targets of other steps",
            change=lambda t: t.with_critic(one_value=True),
            answers="similar",
            prior=RARER,
        ),
        Form(
            name="action values with targets of other steps",
            change=lambda t: t.with_critic(one_value=True),
            actor="any",
            answers="similar",
            prior=RARER,
            needs="one-step",
        ),
        Form(name="rewards of other steps", change=any_reward, actor="any", needs="one-step", prior=RARER),
    ),
    module=__name__,
    disturbs="actions",
)
