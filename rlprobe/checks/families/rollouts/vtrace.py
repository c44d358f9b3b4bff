"""V-trace: targets for a policy from the steps of another, with clipped importance ratios."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.checks.case import Case
from rlprobe.checks.families.rollouts.edits import Edit, Ingredients, accumulated, ingredients, made, pairs
from rlprobe.checks.families.rollouts.roles import ROLES
from rlprobe.checks.families.rollouts.rollout import AXES, DERIVED, fit, rollouts
from rlprobe.checks.families.rollouts.slips import DISCOUNTS, ENDS
from rlprobe.checks.families.rollouts.slips_of_values import REWARDS, VALUES
from rlprobe.checks.families.rollouts.tables import DERIVED as TABLES
from rlprobe.checks.family import Family, Role, number, plain

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
    **TABLES,
    "rhos": lambda c: np.exp(c.log_rhos),
    "target_log_probs": lambda c: c.behaviour_log_probs + c.log_rhos,
}


def off_policy_rollouts() -> Iterator[Case]:
    """Rollouts with importance ratios."""
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
    ends = np.zeros(c.rewards.shape, bool) | (np.arange(len(targets)) == len(targets) - 1)[:, None]
    share = np.where(ends, 1.0, c.lam)
    mixed = share * following + (1 - share) * i["next_value"]
    advantages = i["pg"] * (i["reward"] + i["gamma"] * i["boot"] * following - c.values)
    weighted = i["pg"] * (targets - c.values)
    return {
        "targets vs": targets,
        "policy-gradient advantages": advantages,
        "vs - V": errors,
        "weighted vs - V": weighted,
        "rho": i["rho"] + 0.0 * targets,
        "c": i["c"] + 0.0 * targets,
        "Q estimates": i["reward"] + i["gamma"] * i["boot"] * mixed,
        "policy-gradient advantages of mixed targets": i["pg"]
        * (i["reward"] + i["gamma"] * i["boot"] * mixed - c.values),
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


def fit_lambda(case: Case, shown: frozenset[str]) -> Case:
    """Without a lambda of its own a function has lambda = 1."""
    return fit(case if "lam" in shown else case.change(lam=1.0), shown)


def _formula(i: Ingredients, c: Case) -> Outputs:
    return _vtrace(i, c)


PLAIN_ROLES = tuple(role for role in ROLES if role.name != "lam")
LAMBDA = number("lam", "lambda gae_lambda lambda_ lmbda td_lambda lam_")
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
    seen = fit_lambda(case, shown)
    changed = {name: 1.0 for name in ("rho_bar", "c_bar", "pg_bar") if name not in shown}
    if "pg_bar" not in shown and "rho_bar" in shown:
        changed["pg_bar"] = seen.rho_bar
    return seen.change(**changed)


VTRACE = Family(
    name="vtrace",
    what="V-trace targets vs_t = V_t + sum of rho_t delta_t weighted by the product of c, and their advantages",
    words=(r"v_?trace",),
    roles=(*RATIOS, *PLAIN_ROLES, LAMBDA, *(Role(r.name, r.aliases, r.variants) for r in _THRESHOLDS)),
    needs=(
        frozenset({"rewards"}),
        frozenset({"values"}),
        frozenset({"log_rhos", "rhos", "target_log_probs"}),
    ),
    outputs={
        "targets vs": "TN",
        "policy-gradient advantages": "TN",
        "vs - V": "TN",
        "weighted vs - V": "TN",
        "Q estimates": "TN",
        "rho": "TN",
        "c": "TN",
        "policy-gradient advantages of mixed targets": "TN",
    },
    extras=frozenset({"weighted vs - V", "Q estimates", "rho", "c"}),
    right=lambda c: _vtrace({}, c),
    cases=off_policy_rollouts,
    fit=_both_bars,
    allowed=lambda function, output: output != "vs - V" or "target" not in function.lower(),
    mistakes=made(VTRACE_EDITS, _formula, "V-trace"),
    pairs=lambda: pairs(VTRACE_EDITS, _formula, "V-trace"),
    example="case.log_rhos, case.rewards, case.values, case.last_value, case.dones, case.gamma",
)
