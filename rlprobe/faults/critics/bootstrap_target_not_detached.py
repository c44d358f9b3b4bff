"""The gradient also flows through the bootstrapped value.

The target is computed by the network that is trained, and is not detached. Learning then also moves the value
of the next state, towards what the value of this state was. Where steps are random, the values with the
smallest squared TD errors are not the expected returns: an outcome that is better than expected pulls the
next value down, one that is worse pulls it up. Where every step has one outcome, the values are right.

The residual-gradient algorithm of Baird (1995) does this on purpose. Sutton and Barto (2018), section 11.5,
show that it learns other values than TD.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="bootstrap-target-not-detached",
    component="critic loss",
    look_at="the next value in the target: compute it under `torch.no_grad()`, or call `.detach()`",
    wrong="""
target = reward + gamma * (1 - terminated) * q(next_obs).max(dim=1).values
loss = (q(obs).gather(1, action) - target.unsqueeze(1)).pow(2).mean()
""",
    right="""
with torch.no_grad():
    target = reward + gamma * (1 - terminated) * q(next_obs).max(dim=1).values
loss = (q(obs).gather(1, action) - target.unsqueeze(1)).pow(2).mean()
""",
    forms=(
        Form(
            name="least squared TD errors",
            change=lambda t: t.with_critic(residual_gradient=True),
            needs="one-step",
        ),
    ),
    module=__name__,
)
