"""The discount has the wrong exponent.

Gamma is applied twice per step, or once over several steps, or returns are discounted by gamma times lambda,
as advantages are. Values along a chain decay too fast or too slowly, by a factor that depends only on the
distance.

Reported in younggyoseo/FastTD3#6 (n-step returns bootstrapped with gamma to the power of one).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form
from rlprobe.faults.episodes import WINDOWS, over_steps

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions


def _gamma_once(t: Transitions, steps: int) -> Transitions:
    """Returns of several steps, bootstrapped with the discount of one."""
    return over_steps(t, steps, reward_discount=t.learner.gamma, last_discount=1.0)


def _gamma_last(t: Transitions, steps: int) -> Transitions:
    """Sums of several rewards without a discount, bootstrapped with the right one."""
    return over_steps(t, steps, reward_discount=1.0, last_discount=t.learner.gamma)


def _as_if_whole(t: Transitions, steps: int) -> Transitions:
    """Right n-step returns, but bootstrapped with gamma ** n also after fewer rewards, at a time limit."""
    gamma = t.learner.gamma
    return over_steps(t, steps, reward_discount=gamma, last_discount=gamma, as_if_whole=True)


def _squared_but_at_time_limits(t: Transitions) -> Transitions:
    """Gamma squared, but once where the loop adds the value of a truncated step's last observation."""
    cut, gamma = t.truncated & ~t.terminated, t.learner.gamma
    return t.change(
        learner=replace(t.learner, gamma=gamma**2),
        bootstrap_mask=t.bootstrap_mask * ~cut,
        final_bonus=cut / gamma,
    )


def _none_at_time_limits(t: Transitions) -> Transitions:
    """The value of a truncated step's last observation is added to its reward without a discount."""
    cut = t.truncated & ~t.terminated
    return t.change(bootstrap_mask=t.bootstrap_mask * ~cut, final_bonus=cut / t.learner.gamma)


FAULT = Fault(
    id="discount-exponent",
    component="value targets",
    look_at="every use of gamma: once per step, and gamma ** n over n steps",
    wrong="target = gamma * (reward + gamma * (1 - terminated) * v_next)",
    right="target = reward + gamma * (1 - terminated) * v_next",
    forms=(
        Form(
            name="gamma squared",
            change=lambda t: t.change(learner=replace(t.learner, gamma=t.learner.gamma**2)),
        ),
        Form(name="gamma squared, but once at time limits", change=_squared_but_at_time_limits),
        Form(name="none on the value at time limits", change=_none_at_time_limits, needs="eligibility"),
        Form(
            name="gamma times lambda",
            change=lambda t: t.change(learner=replace(t.learner, gamma=t.learner.gamma * t.learner.lam)),
            needs="lambda-returns",
            prior=0.5,
        ),
        Form(
            name="square root of gamma",
            change=lambda t: t.change(learner=replace(t.learner, gamma=t.learner.gamma**0.5)),
        ),
        Form(
            name="gamma also on the reward",
            change=lambda t: t.change(reward=t.learner.gamma * t.reward),
        ),
        *(
            Form(name=f"gamma once over {n} steps", change=partial(_gamma_once, steps=n), needs="one-step")
            for n in WINDOWS
        ),
        *(
            Form(
                name=f"{n} rewards without a discount", change=partial(_gamma_last, steps=n), needs="one-step"
            )
            for n in WINDOWS
        ),
        *(
            Form(
                name=f"gamma ** {n} also after fewer than {n} rewards",
                change=partial(_as_if_whole, steps=n),
                needs="one-step",
            )
            for n in WINDOWS
        ),
    ),
    module=__name__,
)
