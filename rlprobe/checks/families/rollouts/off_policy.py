"""V-trace and Retrace: targets for a policy from the steps of another, with clipped importance ratios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.case import Case
from rlprobe.checks.families.rollouts.edits import (
    DISCOUNTS,
    ENDS,
    REWARDS,
    VALUES,
    Edit,
    Ingredients,
    accumulated,
    ingredients,
    made,
    pairs,
)
from rlprobe.checks.families.rollouts.rollout import AXES, DERIVED, ROLES, fit, rollouts
from rlprobe.checks.family import Family, Role, Variant, number, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlprobe.checks.family import Outputs

RATIOS = (
    plain(
        "log_rhos",
        "TN",
        "log_rho log_ratio log_ratios log_is log_importance log_weights log_importance_weights",
    ),
    plain(
        "rhos",
        "TN",
        "rho ratio ratios is_ratios importance_weights importance_ratios rho_t rho_tm1 is_ratio importance_weight iw rho_i isw c",
    ),
    plain(
        "target_log_probs",
        "TN",
        "log_pi target_logp pi_logp target_policy_logp target_action_log_probs target_log_pi logp learner_logp current_logp new_log_probs log_probs target_logprobs pi_log_probs current_log_probs log_prob target_logp_a new_logp log_pi_a",
    ),
    plain(
        "behaviour_log_probs",
        "TN",
        "log_mu behavior_log_probs mu_logp behaviour_logp behavior_logp behaviour_action_log_probs behavior_action_log_probs old_log_probs old_logp actor_logp behaviour_logprobs behavior_logprobs mu_log_probs behavior_policy_logp log_mu_a old_log_prob",
    ),
)
MORE_AXES = {**AXES, "log_rhos": "TN", "behaviour_log_probs": "TN", "q_values": "TN"}
MORE = {
    **DERIVED,
    "rhos": lambda c: np.exp(c.log_rhos),
    "target_log_probs": lambda c: c.behaviour_log_probs + c.log_rhos,
}


def _cases() -> Iterator[Case]:
    random = np.random.default_rng(53)
    for place, case in enumerate(rollouts()):
        shape = case.rewards.shape
        more = {
            "log_rhos": np.round(random.normal(size=shape) * 0.7, 2),
            "behaviour_log_probs": np.round(random.normal(size=shape) * 0.4 - 1.0, 2),
            "q_values": np.round(random.normal(size=shape) * 3, 2),
            "rho_bar": 1.0 if place % 3 else 1.3,
            "c_bar": 1.0 if place % 3 else 0.8,
            "pg_bar": 1.0 if place % 3 else 1.1,
        }
        yield Case(case.data | more, MORE_AXES, MORE, case.tag)


def _weighted(case: Case) -> Ingredients:
    return {
        **ingredients(case),
        "rho": np.minimum(case.rhos, case.rho_bar),
        "c": case.lam * np.minimum(case.rhos, case.c_bar),
        "pg": np.minimum(case.rhos, case.pg_bar),
    }


def _vtrace(i: Ingredients, c: Case) -> Outputs:
    i = {**_weighted(c), **i}
    delta = i["rho"] * (i["reward"] + i["gamma"] * i["boot"] * i["next_value"] - i["value"])
    errors = accumulated(delta, i["trace_gamma"] * i["c"] * i["trace"], i["order"])
    targets = errors + i.get("base", c.values)
    following = np.where(i["trace"] > 0, np.concatenate([targets[1:], i["next_value"][-1:]]), i["next_value"])
    following = i.get("following", following)
    advantages = i["pg"] * (i["reward"] + i["gamma"] * i["boot"] * following - c.values)
    weighted = i["pg"] * (targets - c.values)
    return {
        "targets vs": targets,
        "policy-gradient advantages": advantages,
        "vs - V": errors,
        "weighted vs - V": weighted,
    }


VTRACE_EDITS = (
    Edit(
        "importance-not-clipped", "{} of which only c is clipped", lambda i, c: {"rho": c.rhos, "pg": c.rhos}
    ),
    Edit(
        "importance-not-clipped",
        "{} whose ratios are not clipped at all",
        lambda i, c: {"rho": c.rhos, "c": c.lam * c.rhos, "pg": c.rhos},
        "rho = log_rho.exp()",
        "rho = log_rho.exp().clamp(max=rho_bar)",
    ),
    Edit("importance-not-clipped", "{} whose rho is not clipped", lambda i, c: {"rho": c.rhos}),
    Edit("importance-not-clipped", "{} whose c is not clipped", lambda i, c: {"c": c.lam * c.rhos}),
    Edit(
        "importance-not-clipped",
        "{} whose ratio in the policy gradient is not clipped",
        lambda i, c: {"pg": c.rhos},
    ),
    Edit(
        "importance-missing",
        "{} without importance ratios",
        lambda i, c: {"rho": 1.0, "c": c.lam, "pg": 1.0},
        "delta = r + gamma * next_v - v",
        "delta = rho * (r + gamma * next_v - v)",
    ),
    Edit("importance-missing", "{} whose TD errors are not weighted by rho", lambda i, c: {"rho": 1.0}),
    Edit("importance-missing", "{} whose running sum is not weighted by c", lambda i, c: {"c": c.lam}),
    Edit("importance-missing", "{} whose policy gradient is not weighted by rho", lambda i, c: {"pg": 1.0}),
    Edit(
        "importance-clipped-below",
        "{} whose ratios are clipped from below: max in place of min",
        lambda i, c: {
            "rho": np.maximum(c.rhos, c.rho_bar),
            "c": c.lam * np.maximum(c.rhos, c.c_bar),
            "pg": np.maximum(c.rhos, c.pg_bar),
        },
        "rho.clamp(min=1)",
        "rho.clamp(max=1)",
    ),
    Edit(
        "ratio-wrong",
        "{} whose ratios are upside down",
        lambda i, c: {
            "rho": np.minimum(1 / c.rhos, c.rho_bar),
            "c": c.lam * np.minimum(1 / c.rhos, c.c_bar),
            "pg": np.minimum(1 / c.rhos, c.pg_bar),
        },
    ),
    Edit(
        "ratio-wrong",
        "{} with logarithms of ratios in place of ratios",
        lambda i, c: {
            "rho": np.minimum(c.log_rhos, c.rho_bar),
            "c": c.lam * np.minimum(c.log_rhos, c.c_bar),
            "pg": np.minimum(c.log_rhos, c.pg_bar),
        },
    ),
    Edit(
        "vtrace-advantage-from-values",
        "{} whose advantages bootstrap from V in place of vs",
        lambda i, c: {"following": c.next_values},
        "rho * (r + gamma * next_values - values)",
        "rho * (r + gamma * next_vs - values)",
    ),
    Edit(
        "returns-without-values",
        "{} whose targets lack the values",
        lambda i, c: {"base": 0.0},
        "vs = errors",
        "vs = errors + values",
    ),
    *ENDS,
    *DISCOUNTS,
    *VALUES,
    *REWARDS,
)


def _vtrace_fit(case: Case, shown: frozenset[str]) -> Case:
    return fit(case if "lam" in shown else case.change(lam=1.0), shown)


def _formula(i: Ingredients, c: Case) -> Outputs:
    return _vtrace(i, c)


_PLAIN_ROLES = tuple(role for role in ROLES if role.name != "lam")
_LAM = number("lam", "lambda gae_lambda lambda_ lmbda td_lambda lam_")
_THRESHOLDS = (
    number(
        "rho_bar",
        "clip_rho_threshold rho_thresh rho_max rho_clip clip_rho max_rho rho_threshold rhobar clip_rho_thresh",
        (1.0,),
    ),
    number(
        "c_bar",
        "clip_c_threshold c_thresh c_max c_clip clip_c max_c c_threshold cbar clip_cs_threshold",
        (1.0,),
    ),
    number("pg_bar", "clip_pg_rho_threshold pg_rho_threshold clip_pg_rho pg_rho_bar", (1.0,)),
)


def _both_bars(case: Case, shown: frozenset[str]) -> Case:
    """Where a threshold is not passed it is 1; that of the policy gradient is rho's."""
    seen = _vtrace_fit(case, shown)
    changed = {name: 1.0 for name in ("rho_bar", "c_bar", "pg_bar") if name not in shown}
    if "pg_bar" not in shown and "rho_bar" in shown:
        changed["pg_bar"] = seen.rho_bar
    return seen.change(**changed)


VTRACE = Family(
    name="vtrace",
    what="V-trace targets vs_t = V_t + sum of rho_t delta_t weighted by the product of c, and their advantages",
    words=(r"v_?trace",),
    roles=(*RATIOS, *_PLAIN_ROLES, _LAM, *(Role(r.name, r.aliases, r.variants) for r in _THRESHOLDS)),
    needs=(
        frozenset({"rewards"}),
        frozenset({"values"}),
        frozenset({"log_rhos", "rhos", "target_log_probs"}),
    ),
    outputs={"targets vs": "TN", "policy-gradient advantages": "TN", "vs - V": "TN", "weighted vs - V": "TN"},
    extras=frozenset({"weighted vs - V"}),
    right=lambda c: _vtrace({}, c),
    cases=_cases,
    fit=_both_bars,
    allowed=lambda function, output: output != "vs - V" or "error" in function.lower(),
    mistakes=made(VTRACE_EDITS, _formula, "V-trace"),
    pairs=lambda: pairs(VTRACE_EDITS, _formula, "V-trace"),
    example="case.log_rhos, case.rewards, case.values, case.last_value, case.dones, case.gamma",
)


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
            for role in _PLAIN_ROLES
        ),
        *RATIOS,
        _LAM,
    ),
    needs=(
        frozenset({"rewards"}),
        frozenset({"q_values"}),
        frozenset({"values"}),
        frozenset({"log_rhos", "rhos", "target_log_probs"}),
    ),
    outputs={"targets": "TN", "targets - Q": "TN"},
    right=lambda c: _retrace(ingredients(c), c),
    cases=_cases,
    fit=_vtrace_fit,
    mistakes=made(RETRACE_EDITS, _retrace, "Retrace targets"),
    pairs=lambda: pairs(RETRACE_EDITS, _retrace, "Retrace targets"),
    example="case.rewards, case.q_values, case.values, case.last_value, case.rhos, case.dones, case.gamma",
)
