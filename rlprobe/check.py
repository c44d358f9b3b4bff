"""Check your own functions: returns, advantages, targets and losses, which have one correct answer.

``rlprobe.check.gae(my_gae)`` finds out how ``my_gae`` takes its arguments, compares it with an exact
reference on 200 cases, and returns a record that says which conventions it has. If it is wrong, it raises
``CheckFailure``, an ``AssertionError`` that names the mistake and shows the smallest case found.

>>> import numpy as np
>>> def compute_gae(rewards, values, dones, last_value, gamma, lam):
...     advantages, running = np.zeros_like(rewards), 0.0
...     for t in reversed(range(len(rewards))):
...         following = last_value if t == len(rewards) - 1 else values[t + 1]
...         delta = rewards[t] + gamma * (1 - dones[t]) * following - values[t]
...         advantages[t] = running = delta + gamma * lam * (1 - dones[t]) * running
...     return advantages
>>> gae(compute_gae).conventions[1]
'`dones[t]` belongs to the step that ended'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rlprobe.checks.outcome import Checked, CheckFailure, FunctionRaisedError, NotUnderstoodError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Check",
    "CheckFailure",
    "Checked",
    "FunctionRaisedError",
    "NotUnderstoodError",
    "c51_projection",
    "clipped_value_loss",
    "discounted_return",
    "double_q_target",
    "entropy",
    "explained_variance",
    "families",
    "frame_stack",
    "function",
    "gae",
    "kl",
    "linear_schedule",
    "minibatch_indices",
    "n_step_return",
    "normalised_advantages",
    "per_probabilities",
    "per_weights",
    "polyak_update",
    "ppo_loss",
    "q_target",
    "quantile_huber",
    "retrace",
    "running_mean_std",
    "tanh_gaussian_log_prob",
    "td_lambda",
    "vtrace",
]


@dataclass(frozen=True)
class Check:
    """The check of one family of functions.

    Args:
        name: the family.
    """

    name: str

    def __call__(
        self, function: Callable[..., Any], *, adapt: Callable[[Any], Any] | None = None, **known: Any
    ) -> Checked:
        """Check a function; returns the conventions that were found.

        Args:
            function: what is checked: a function, a method or an object that is called.
            adapt: calls it, given a case with every quantity as an attribute, for instance
                ``lambda case: f(case.rewards, case.values)``. Needed only where conventions cannot be found.
            known: values of parameters that nothing is known of, and of numbers such as ``gamma`` that the
                function uses but does not take.

        Raises:
            CheckFailure: the function is wrong; the message names the mistake and shows the smallest case.
            NotUnderstoodError: how it is called could not be found; the message shows the ``adapt`` to give.
            FunctionRaisedError: it raised an error however it was called.
        """
        from rlprobe.checks.families import named
        from rlprobe.checks.run import first_understood

        return first_understood(function, named(self.name, function), adapt=adapt, **known)


def function(
    function: Callable[..., Any], *, family: str | None = None, name: str = "", **known: Any
) -> Checked:
    """Check a function whose family is found by its name and its arguments.

    Args:
        function: what is checked.
        family: its family; needed if name and arguments do not show it.
        name: what it is called in the report.
        known: as in ``Check``.

    Raises:
        CheckFailure: the function is wrong.
        NotUnderstoodError: its family, or a way to call it, was not found.
        FunctionRaisedError: it raised an error however it was called.
    """
    from rlprobe.checks.families import family_of, named
    from rlprobe.checks.run import first_understood

    some = named(family, function) if family else [family_of(function, name)]
    return first_understood(function, some, name=name, **known)


def families() -> dict[str, str]:
    """Every family, with what its functions compute.

    >>> families()["gae"]
    'generalised advantages, A_t = delta_t + gamma lambda (1 - done_t) A_{t+1}'
    """
    from rlprobe.checks.families import FAMILIES

    return {one.name: one.what for one in FAMILIES}


discounted_return = Check("discounted_return")
gae = Check("gae")
n_step_return = Check("n_step_return")
td_lambda = Check("td_lambda")
vtrace = Check("vtrace")
retrace = Check("retrace")
q_target = Check("q_target")
double_q_target = Check("double_q_target")
c51_projection = Check("c51_projection")
quantile_huber = Check("quantile_huber")
kl = Check("kl")
entropy = Check("entropy")
tanh_gaussian_log_prob = Check("tanh_gaussian_log_prob")
ppo_loss = Check("ppo_loss")
clipped_value_loss = Check("clipped_value_loss")
normalised_advantages = Check("normalised_advantages")
polyak_update = Check("polyak_update")
linear_schedule = Check("linear_schedule")
explained_variance = Check("explained_variance")
per_weights = Check("per_weights")
per_probabilities = Check("per_probabilities")
frame_stack = Check("frame_stack")
running_mean_std = Check("running_mean_std")
minibatch_indices = Check("minibatch_indices")

FAMILY_NAMES = tuple(name for name, value in list(globals().items()) if isinstance(value, Check))
"""Every name of a check in this module."""
