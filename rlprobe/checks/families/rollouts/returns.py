"""Discounted returns, ``G_t = r_t + gamma (1 - done_t) G_{t+1}``, with or without a value at the end."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.checks.families.rollouts.edits import Edit, Ingredients, accumulated, ingredients, made, pairs
from rlprobe.checks.families.rollouts.roles import ROLES
from rlprobe.checks.families.rollouts.rollout import fit, rollouts
from rlprobe.checks.families.rollouts.slips import DISCOUNTS, ENDS
from rlprobe.checks.families.rollouts.slips_of_values import (
    REWARD_MASKED,
    REWARDS,
    SHARED_ENDS,
    STALE_LAST_VALUE,
)
from rlprobe.checks.family import Family, Mistake, Outputs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlprobe.checks.case import Case

OUTPUTS = {
    "returns": "TN",
    "returns, normalised": "TN",
    "returns, normalised by the sample deviation": "TN",
    "the return of the first step": "N",
    "returns - values": "TN",
}
LEFT_OUT = {"gae-not-cut": "returns-cross-episodes"}
"""What a mistake of GAE is called where it happens to returns."""


def _ends() -> Iterator[Edit]:
    for edit in sorted(ENDS, key=lambda edit: edit.id not in LEFT_OUT):
        yield replace(edit, id=LEFT_OUT.get(edit.id, edit.id))


EDITS = (
    *_ends(),
    *DISCOUNTS[:1],
    DISCOUNTS[3],
    DISCOUNTS[6],
    *REWARDS,
    REWARD_MASKED,
    SHARED_ENDS,
    STALE_LAST_VALUE,
    Edit(
        "no-bootstrap",
        "{} without the value after the last step",
        lambda i, c: {"next_value": np.concatenate([c.next_values[:-1], 0 * c.values[-1:]])},
    ),
    Edit("no-discount", "{} whose bootstrap is not discounted", lambda i, c: {"end_gamma": 1.0}),
    Edit(
        "discount-exponent",
        "{} that discounts the reward of the step itself too",
        lambda i, c: {"reward": i["reward"] * c.gamma, "scale": c.gamma},
    ),
)


def formula(given: Ingredients, case: Case) -> Outputs:
    """Returns: the value of the next observation counts where the sum stops without a termination."""
    stops = 1.0 - given["trace"]
    stops[-1] = 1.0
    ending = stops * given["boot"] * given["next_value"]
    reward = given["reward"] + given.get("end_gamma", given["gamma"]) * ending
    found = accumulated(reward, given["trace_gamma"] * given["trace"], given["order"])
    return _outputs(found, case)


def _outputs(found: np.ndarray, case: Case) -> Outputs:
    middle, size = found - found.mean(), found.size
    sample = found.std(ddof=1) + 1e-8 if size > 1 else np.nan
    parts = (found, middle / (found.std() + 1e-8), middle / sample, found[0], found - case.values)
    return dict(zip(OUTPUTS, parts, strict=True))


def right(case: Case) -> Outputs:
    """Returns of every step, summed to the end of its episode or of the rollout."""
    return formula(ingredients(case), case)


def _first_of_all(case: Case) -> Outputs:
    found = right(case)["returns"]
    return _outputs(np.broadcast_to(found[0], found.shape), case)


def _own_reward(case: Case) -> Outputs:
    steps = np.arange(len(case.rewards))[:, None]
    return _outputs(case.gamma**steps * case.rewards, case)


def _from_start(case: Case) -> Outputs:
    """Sums of gamma to the power of the step in the episode: not divided by that of the first step."""
    steps = np.arange(len(case.rewards))[:, None]
    weighted = case.gamma**steps * case.rewards
    return _outputs(np.cumsum(weighted[::-1], axis=0)[::-1], case)


def _summed(case: Case) -> Outputs:
    steps = np.arange(len(case.rewards))[:, None]
    return _outputs(np.cumsum(case.gamma**steps * case.rewards, axis=0), case)


def _reversed(case: Case) -> Outputs:
    return _outputs(right(case)["returns"][::-1], case)


OTHERS = (
    Mistake("whole-return-every-step", "the return of the first step, at every step", _first_of_all),
    Mistake("no-reward-to-go", "each step's own discounted reward, without a sum", _own_reward),
    Mistake(
        "discount-from-start",
        "sums of rewards discounted from the start of the rollout, not from each step",
        _from_start,
        "returns[t] = sum(gamma**k * rewards[k] for k in range(t, T))",
        "returns[t] = sum(gamma**(k - t) * rewards[k] for k in range(t, T))",
    ),
    Mistake("forward-accumulation", "discounted rewards summed from the start up to each step", _summed),
    Mistake(
        "order-reversed",
        "the returns in reversed order: the list was never turned round",
        _reversed,
        "returns.append(g)\nreturn returns",
        "returns.append(g)\nreturn returns[::-1]",
    ),
)


def _pairs() -> Iterator[Mistake]:
    return pairs(EDITS, formula, "returns")


DISCOUNTED_RETURN = Family(
    name="discounted_return",
    what="discounted returns, G_t = r_t + gamma (1 - done_t) G_{t+1}",
    words=(
        r"discounted?_(return|reward|sum|cumsum)",
        r"(rewards?|returns?)_to_go",
        r"monte_?carlo",
        r"returns?$",
        r"return",
        r"discount",
    ),
    roles=tuple(role for role in ROLES if role.name != "lam"),
    needs=(frozenset({"rewards"}),),
    outputs=OUTPUTS,
    extras=frozenset({"returns - values"}),
    right=right,
    cases=rollouts,
    fit=fit,
    mistakes=(*made(EDITS, formula, "returns"), *OTHERS),
    pairs=_pairs,
    example="case.rewards, case.dones, case.last_value, case.gamma",
)
