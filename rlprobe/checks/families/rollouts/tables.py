"""Tables of action values and policies that agree with a rollout's values and ratios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.rollouts.rollout import stacked
from rlprobe.checks.family import Role, Variant, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.checks.case import Case


def _chances(case: Case) -> Any:
    """The probability that the policy gives the action taken, ``(T + 1, N)``."""
    return 0.3 + 0.1 * (np.add.outer(np.arange(case.sizes["T"] + 1), np.arange(case.sizes["N"])) % 5)


def _actions(case: Case) -> Any:
    return np.add.outer(np.arange(case.sizes["T"] + 1), 2 * np.arange(case.sizes["N"])) // 2 % 2


def _of_actions(case: Case, taken: Any, other: Any) -> Any:
    first = _actions(case) == 0
    return np.stack([np.where(first, taken, other), np.where(first, other, taken)], axis=-1)


def policy_table(case: Case) -> Any:
    """Probabilities of both actions, ``(T + 1, N, 2)``."""
    return _of_actions(case, _chances(case), 1.0 - _chances(case))


def value_table(case: Case) -> Any:
    """Values of both actions, ``(T + 1, N, 2)``: that of the action taken is Q, their mean is V."""
    expected, chance = stacked(case.values, case.last_value), _chances(case)
    taken = stacked(case.q_values, 0.0 * case.last_value + 0.5)
    return _of_actions(case, taken, (expected - chance * taken) / (1.0 - chance))


DERIVED: dict[str, Callable[[Case], Any]] = {
    "q_now": lambda c: value_table(c)[:-1],
    "q_next": lambda c: value_table(c)[1:],
    "actions_now": lambda c: _actions(c)[:-1],
    "actions_next": lambda c: _actions(c)[1:],
    "pi_next": lambda c: policy_table(c)[1:],
    "mu_next": lambda c: _chances(c)[1:] / stacked(c.rhos[1:], 1.0 + 0.0 * c.last_value),
    "traces_next": lambda c: stacked((c.lam * np.minimum(c.rhos, 1.0))[1:], 1.0 + 0.0 * c.last_value),
    "q_taken_next": lambda c: c.q_values[1:],
}
NEXT = "`{name}[t]` belongs to step t + 1"
ROLES = (
    plain("q_now", "TNA", "q_tm1"),
    Role("q_next", "q_t", (Variant(lambda c: c.q_next, "TNA", NEXT),)),
    Role("q_taken_next", "q_t", (Variant(lambda c: c.q_taken_next, "UN", NEXT),)),
    plain("actions_now", "TN", "a_tm1"),
    Role("actions_next", "a_t", (Variant(lambda c: c.actions_next, "TN", NEXT),)),
    Role("pi_next", "pi_t", (Variant(lambda c: c.pi_next, "TNA", NEXT),)),
    Role("mu_next", "mu_t", (Variant(lambda c: c.mu_next, "TN", NEXT),)),
    Role(
        "traces_next",
        "c_t",
        (
            Variant(lambda c: c.traces_next, "TN", NEXT),
            Variant(lambda c: c.traces_next[:-1], "UN", NEXT + ", with T - 1 entries"),
        ),
    ),
)
"""What functions take that index by the step after, as rlax does."""
