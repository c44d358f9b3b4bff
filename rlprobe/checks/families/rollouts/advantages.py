"""Generalised advantage estimation, ``A_t = delta_t + gamma lambda (1 - done_t) A_{t+1}``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.checks.families.rollouts.edits import Ingredients, accumulated, ingredients, made, pairs
from rlprobe.checks.families.rollouts.roles import ROLES
from rlprobe.checks.families.rollouts.rollout import fit, rollouts
from rlprobe.checks.families.rollouts.slips import DISCOUNTS, ENDS, LAMBDAS
from rlprobe.checks.families.rollouts.slips_of_values import REWARDS, VALUES
from rlprobe.checks.family import Family, Mistake, Outputs
from rlprobe.checks.gae import gae

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.case import Case

EDITS = (*ENDS, *DISCOUNTS, *LAMBDAS, *VALUES, *REWARDS)
WORDS = "GAE"
OUTPUTS = {
    "advantages": "TN",
    "returns (advantages + values)": "TN",
    "advantages, normalised": "TN",
    "advantages, normalised by the sample deviation": "TN",
    "TD errors": "TN",
    "discounted returns": "TN",
}
EXTRAS = frozenset({"TD errors", "discounted returns"})


def _outputs(advantages: np.ndarray, given: Ingredients, case: Case) -> Outputs:
    size = advantages.size
    middle, spread = advantages - advantages.mean(), advantages.std() + 1e-8
    sample = advantages.std(ddof=1) + 1e-8 if size > 1 else np.nan
    return dict(
        zip(
            OUTPUTS,
            (
                advantages,
                advantages + case.values,
                middle / spread,
                middle / sample,
                given["reward"] + given["gamma"] * given["boot"] * given["next_value"] - given["value"],
                _discounted(case),
            ),
            strict=True,
        )
    )


def _discounted(case: Case) -> np.ndarray:
    ended = np.where(case.truncated & ~case.terminated, case.gamma * case.next_values, 0.0)
    rewards = case.rewards + ended
    last = case.gamma * case.last_value * (1.0 - case.done[-1])
    rewards = np.concatenate([rewards[:-1], rewards[-1:] + last])
    found: np.ndarray = accumulated(rewards, case.gamma * (1.0 - case.done), "backwards")
    return found


def right(case: Case) -> Outputs:
    """Advantages by the reference, and what goes with them."""
    advantages = gae(
        case.rewards,
        case.terminated,
        case.done,
        case.values,
        case.next_values,
        gamma=case.gamma,
        lam=case.lam,
    )
    return _outputs(advantages, ingredients(case), case)


def formula(given: Ingredients, case: Case) -> Outputs:
    """The same from ingredients that may be wrong."""
    delta = given["reward"] + given["gamma"] * given["boot"] * given["next_value"] - given["value"]
    decay = given["trace_gamma"] * given["lam"] * given["trace"]
    return _outputs(accumulated(delta, decay, given["order"]), given, case)


def _with_returns(case: Case, returns: np.ndarray) -> Outputs:
    return {**right(case), "returns (advantages + values)": returns, "discounted returns": returns}


def _from_normalised(kind: str) -> Callable[[Case], Outputs]:
    def of(case: Case) -> Outputs:
        found = right(case)
        return {**_with_returns(case, found[kind] + case.values), "advantages": found[kind]}

    return of


def _without_last(case: Case) -> Outputs:
    given = ingredients(case)
    delta = given["reward"] + given["gamma"] * given["boot"] * case.reset_values - given["value"]
    delta[-1] = 0.0
    return _outputs(accumulated(delta, case.gamma * case.lam * given["trace"], "backwards"), given, case)


OF_RETURNS = (
    Mistake(
        "last-step-left-out",
        "GAE that leaves out the last step: its advantage stays 0",
        _without_last,
        "for t in reversed(range(T - 1)):",
        "for t in reversed(range(T)):  # the last step bootstraps from the last value",
    ),
    Mistake(
        "value-target-is-prediction",
        "GAE whose returns are the values themselves",
        lambda c: _with_returns(c, c.values),
    ),
    Mistake(
        "returns-without-values",
        "GAE whose returns lack the values: they are the advantages",
        lambda c: _with_returns(c, right(c)["advantages"]),
        "returns = advantages",
        "returns = advantages + values",
    ),
    *(
        Mistake(
            "returns-from-normalised-advantages",
            "GAE whose returns are built from normalised advantages",
            _from_normalised(kind),
            "advantages = (advantages - advantages.mean()) / advantages.std()\nreturns = advantages + values",
            "returns = advantages + values\nadvantages = (advantages - advantages.mean()) / advantages.std()",
        )
        for kind in ("advantages, normalised", "advantages, normalised by the sample deviation")
    ),
    Mistake(
        "sign-flipped",
        "GAE whose returns subtract the values",
        lambda c: _with_returns(c, right(c)["advantages"] - c.values),
    ),
    Mistake(
        "reward-lag",
        "GAE whose returns add the value of the next observation",
        lambda c: _with_returns(c, right(c)["advantages"] + c.reset_values),
    ),
)


def _pairs() -> Iterator[Mistake]:
    return pairs(EDITS, formula, WORDS)


GAE = Family(
    name="gae",
    what="generalised advantages, A_t = delta_t + gamma lambda (1 - done_t) A_{t+1}",
    words=(r"gae", r"generali[sz]ed_adv", r"advantage"),
    roles=ROLES,
    needs=(
        frozenset({"rewards"}),
        frozenset({"values"}),
    ),
    outputs=OUTPUTS,
    extras=EXTRAS,
    right=right,
    cases=rollouts,
    fit=fit,
    mistakes=(*made(EDITS, formula, WORDS), *OF_RETURNS),
    pairs=_pairs,
    example="case.rewards, case.values, case.last_value, case.dones, case.gamma, case.lam",
)
