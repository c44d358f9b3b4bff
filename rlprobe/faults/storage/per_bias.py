"""Prioritised replay without importance weights.

Steps with large errors are replayed more often, and nothing makes up for it. The critic then weighs rare
outcomes by their error to the power of alpha: where a step has several outcomes, the value is not their
mean. Where every step has one outcome, the values are right.

Schaul et al. (2016), section 3.4, give the weights that correct it. Reported in danaugrs/huskarl#11.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Transitions

ALPHAS = (0.6, 1.0)
"""The exponent of Schaul et al. for proportional priorities, and priorities without an exponent."""


def _replayed_by_error(t: Transitions, alpha: float) -> Transitions:
    return t.with_critic(priority=alpha)


FAULT = Fault(
    id="per-bias",
    component="experience storage",
    look_at="the importance weights of prioritised replay: (N * probability) ** -beta must multiply the loss "
    "of each sample, with beta rising to 1",
    wrong="""
probability = priority**alpha / (priority**alpha).sum()
loss = (q - target).pow(2).mean()
""",
    right="""
probability = priority**alpha / (priority**alpha).sum()
weight = (N * probability[index]) ** -beta
loss = (weight / weight.max() * (q - target).pow(2)).mean()
""",
    forms=tuple(
        Form(name=f"alpha {alpha:g}", change=partial(_replayed_by_error, alpha=alpha), needs="one-step")
        for alpha in ALPHAS
    ),
    module=__name__,
)
