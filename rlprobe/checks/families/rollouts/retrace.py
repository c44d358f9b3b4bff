"""Retrace: action values of a policy from the steps of another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.rollouts.edits import Edit, Ingredients, ingredients, made, pairs
from rlprobe.checks.families.rollouts.slips import DISCOUNTS, ENDS
from rlprobe.checks.families.rollouts.slips_of_values import REWARDS, VALUES
from rlprobe.checks.families.rollouts.tables import NEXT
from rlprobe.checks.families.rollouts.tables import ROLES as TABLES
from rlprobe.checks.families.rollouts.vtrace import (
    LAMBDA,
    PLAIN_ROLES,
    RATIOS,
    fit_lambda,
    off_policy_rollouts,
)
from rlprobe.checks.family import Family, Role, Variant, plain

if TYPE_CHECKING:
    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs


def _retrace(i: Ingredients, c: Case) -> Outputs:
    q = i.get("q", c.q_values)
    weight = i.get("weight", c.lam * np.minimum(c.rhos, 1.0))
    found = np.zeros(c.rewards.shape)
    following = i["next_value"][-1]
    for t in reversed(range(len(found))):
        inside = t < len(found) - 1
        ahead = np.where(i["trace"][t] > 0, following, i["next_value"][t]) if inside else i["next_value"][t]
        found[t] = i["reward"][t] + i["gamma"] * i["boot"][t] * ahead
        corrected = found[t] - i.get("subtracted", q)[t]
        following = (
            i.get("weight_at", lambda t, w=weight: w[t])(t) * corrected + i.get("value_back", c.values)[t]
        )
    return {"targets": found, "targets - Q": found - q}


def _weight_of(change: Any) -> Any:
    return lambda i, c: {"weight": change(c)}


RETRACE_EDITS = (
    Edit(
        "importance-not-clipped",
        "{} whose ratios are not clipped",
        _weight_of(lambda c: c.lam * c.rhos),
        "c = lam * rho",
        "c = lam * rho.clamp(max=1)",
    ),
    Edit(
        "importance-missing",
        "{} without importance ratios",
        _weight_of(lambda c: c.lam + 0 * c.rhos),
        "c = lam",
        "c = lam * rho.clamp(max=1)",
    ),
    Edit(
        "importance-clipped-below",
        "{} whose ratios are clipped from below: max in place of min",
        _weight_of(lambda c: c.lam * np.maximum(c.rhos, 1.0)),
        "rho.clamp(min=1)",
        "rho.clamp(max=1)",
    ),
    Edit(
        "ratio-wrong",
        "{} whose ratios are upside down",
        _weight_of(lambda c: c.lam * np.minimum(1 / c.rhos, 1.0)),
    ),
    Edit(
        "lambda-ignored",
        "{} without lambda",
        _weight_of(lambda c: np.minimum(c.rhos, 1.0)),
        "c = rho.clamp(max=1)",
        "c = lam * rho.clamp(max=1)",
    ),
    Edit(
        "retrace-ratio-index",
        "{} with the ratio of step t where that of step t + 1 belongs",
        lambda i, c: {"weight_at": lambda t: (c.lam * np.minimum(c.rhos, 1.0))[max(t - 1, 0)]},
        "c[t] * (g - q[t + 1])",
        "c[t + 1] * (g - q[t + 1])",
    ),
    Edit(
        "retrace-q-missing",
        "{} from which Q(s, a) is not subtracted",
        lambda i, c: {"subtracted": 0 * c.q_values},
        "c * g + v",
        "c * (g - q) + v",
    ),
    Edit(
        "retrace-q-missing",
        "{} that add Q(s, a) where the expected value belongs",
        lambda i, c: {"value_back": c.q_values},
    ),
    Edit(
        "retrace-q-missing",
        "{} that subtract the expected value where Q(s, a) belongs",
        lambda i, c: {"subtracted": c.values},
    ),
    Edit(
        "no-bootstrap",
        "{} to which the expected value is not added",
        lambda i, c: {"value_back": 0 * c.values},
    ),
    *ENDS,
    *DISCOUNTS[:1],
    DISCOUNTS[3],
    *(edit for edit in VALUES if edit.id in {"stale-last-value", "no-bootstrap"}),
    *REWARDS[:-1],
)
RETRACE = Family(
    name="retrace",
    what="Retrace targets, Q_t = r_t + gamma (V_t+1 + lambda min(1, rho_t+1) (Q_t+1 - q_t+1))",
    words=(r"retrace",),
    roles=(
        plain(
            "q_values",
            "TN",
            "q qs q_taken q_a q_i q_sa q_action q_tm1 action_values chosen_q taken_q q_t q_value q_selected",
        ),
        *(
            Role(
                role.name,
                role.aliases + " v_s exp_q expected_q expected_values v_pi expected_q_values",
                (*role.variants, Variant(lambda c: c.values_plus, "SN")),
            )
            if role.name == "values"
            else role
            for role in PLAIN_ROLES
        ),
        *(
            replace(role, variants=(*role.variants, Variant(lambda c: c.log_rhos[1:], "UN", NEXT)))
            if role.name == "log_rhos"
            else role
            for role in RATIOS
        ),
        LAMBDA,
        *TABLES,
    ),
    needs=(
        frozenset({"rewards"}),
        frozenset({"q_values", "q_now", "q_next", "q_taken_next"}),
        frozenset({"values", "next_values", "pi_next"}),
        frozenset({"log_rhos", "rhos", "target_log_probs", "mu_next", "traces_next"}),
    ),
    outputs={"targets": "TN", "targets - Q": "TN"},
    right=lambda c: _retrace(ingredients(c), c),
    cases=off_policy_rollouts,
    fit=fit_lambda,
    mistakes=made(RETRACE_EDITS, _retrace, "Retrace targets"),
    pairs=lambda: pairs(RETRACE_EDITS, _retrace, "Retrace targets"),
    example="case.rewards, case.q_values, case.values, case.last_value, case.rhos, case.dones, case.gamma",
)
