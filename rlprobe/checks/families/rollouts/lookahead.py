"""n-step returns and lambda-returns: targets that look several steps ahead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.rollouts.edits import Edit, Ingredients, ingredients, made, pairs
from rlprobe.checks.families.rollouts.roles import ROLES
from rlprobe.checks.families.rollouts.rollout import fit, rollouts
from rlprobe.checks.families.rollouts.slips import DISCOUNTS, ENDS, FLAGS, LAMBDAS
from rlprobe.checks.families.rollouts.slips_of_values import REWARD_MASKED, REWARDS, SHARED_ENDS, VALUES
from rlprobe.checks.family import Family, number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs

OF_VALUES = ("stale-last-value", "no-bootstrap", "next-observation-is-observation", "last-value-everywhere")
VALUE_EDITS = tuple(edit for edit in VALUES if edit.id in OF_VALUES) + tuple(
    edit for edit in VALUES if edit.id == "sign-flipped" and "bootstrap" in edit.what
)


def _lambda_returns(i: Ingredients, c: Case) -> Outputs:
    found, steps = np.zeros(c.rewards.shape), range(len(c.rewards))
    carry = i.get("first_carry", i["next_value"][-1])
    for t in reversed(steps) if i["order"] == "backwards" else steps:
        inside = t < len(found) - 1 or i["order"] == "forwards" or "first_carry" in i
        lam = i["lam"] * i["trace"][t] if inside else 0.0
        one_minus = i.get("weight", lambda lam: 1 - lam)(lam)
        found[t] = i["reward"][t] + i["boot"][t] * i["gamma"] * one_minus * i["next_value"][t]
        found[t] += i["trace_gamma"] * lam * carry
        carry = found[t]
    return {"returns": found, "returns - values": found - c.values, "returns of the first step": found[0]}


def _wants_targets(function: str) -> bool:
    return any(word in function.lower() for word in ("return", "target"))


def _unmasked(mask: str) -> Callable[[Ingredients, Case], Ingredients]:
    """One of both masks left out, where lambda weighs both terms as if nothing had ended."""
    return lambda i, c: {
        mask: 1.0 + 0 * i["reward"],
        "weight": lambda _: 1 - c.lam,
        "first_carry": c.next_values[-1],
    }


LAMBDA_EDITS = (
    *ENDS,
    *DISCOUNTS,
    *LAMBDAS,
    Edit(
        "lambda-wrong",
        "{} in which the bootstrap is not weighted by 1 - lambda",
        lambda i, c: {"weight": lambda _: 1.0},
        "r + gamma * (next_value + lam * g)",
        "r + gamma * ((1 - lam) * next_value + lam * g)",
    ),
    Edit(
        "lambda-wrong",
        "{} in which the bootstrap is weighted by lambda too",
        lambda i, c: {"weight": lambda lam: lam},
    ),
    Edit(
        "no-discount",
        "{} in which only the bootstrap is discounted, not the rest of the return",
        lambda i, c: {"trace_gamma": 1.0, "first_carry": c.next_values[-1]},
        "r + gamma * (1 - lam) * next_value + lam * g",
        "r + gamma * ((1 - lam) * next_value + lam * g)",
    ),
    Edit(
        "next-observation-is-observation",
        "{} that weight the value of the observation before the step",
        lambda i, c: {"next_value": c.values, "first_carry": c.next_values[-1]},
        "(1 - lam) * values[t] + lam * g",
        "(1 - lam) * values[t + 1] + lam * g",
    ),
    *(
        Edit(
            "gae-not-cut",
            f"{{}} in which the flag masks {words} alone",
            _unmasked(mask),
            needs=FLAGS,
        )
        for words, mask in (("the bootstrap", "trace"), ("the rest of the return", "boot"))
    ),
    REWARD_MASKED,
    SHARED_ENDS,
    *VALUE_EDITS,
    *REWARDS,
)
TD_LAMBDA = Family(
    name="td_lambda",
    what="lambda-returns, G_t = r_t + gamma ((1 - lambda) V(s_t+1) + lambda G_t+1)",
    words=(r"td_?lambda", r"lambda_?(return|target)", r"(return|target).*lambda", r"lambda", r"eligib"),
    roles=ROLES,
    needs=(frozenset({"rewards"}), frozenset({"values", "next_values"})),
    outputs={"returns": "TN", "returns - values": "TN", "returns of the first step": "N"},
    right=lambda c: _lambda_returns(ingredients(c), c),
    cases=rollouts,
    fit=fit,
    allowed=lambda function, output: output != "returns - values" or not _wants_targets(function),
    mistakes=made(LAMBDA_EDITS, _lambda_returns, "lambda-returns"),
    pairs=lambda: pairs(LAMBDA_EDITS, _lambda_returns, "lambda-returns"),
    example="case.rewards, case.values, case.last_value, case.dones, case.gamma, case.lam",
)


def _n_step(i: Ingredients, c: Case) -> Outputs:
    count = i.get("n", c.n)
    found = np.zeros(c.rewards.shape)
    for t in range(len(found)):
        found[t] = _window(i, t, min(count, len(found) - t))
    windows = len(found) - int(c.n) + 1
    return {
        "targets": found,
        "targets of full windows": found[: max(windows, 0)],
        "the return of the first step": _window(i, 0, len(found)),
        "the return of the first n steps": _window(i, 0, min(count, len(found))),
    }


def _window(i: Ingredients, start: int, count: int) -> Any:
    """The sum of up to ``count`` rewards from a step on, and the value that follows it."""
    alive = np.ones(i["reward"].shape[1])
    total = np.zeros(i["reward"].shape[1])
    end_power = i.get("power", lambda k: k)
    for k in range(count):
        t = start + k
        total = total + alive * i["gamma"] ** i.get("reward_power", lambda k: k)(k) * i["reward"][t]
        ends = 1.0 - i["trace"][t] if k < count - 1 else 1.0
        value = i["next_value"][t] if i.get("at") is None else i["at"](t)
        total = total + alive * ends * i["boot"][t] * i["gamma"] ** end_power(k + 1) * value
        alive = alive * i["trace"][t]
    return total


def _crossing() -> Iterator[Edit]:
    for edit in ENDS:
        name = "nstep-crosses-episode" if edit.id == "gae-not-cut" else edit.id
        yield replace(edit, id=name, what=edit.what.replace("running sum", "sum of rewards"))


N_EDITS = (
    *_crossing(),
    Edit(
        "nstep-crosses-episode",
        "{} that go on into the next episode, and stop the bootstrap by the flag of the last step alone",
        lambda i, c: {"trace": 1.0 + 0 * i["reward"]},
    ),
    Edit("no-discount", "{} without any discount", lambda i, c: {"gamma": 1.0}),
    Edit(
        "no-discount",
        "{} whose rewards are not discounted",
        lambda i, c: {"reward_power": lambda k: 0},
    ),
    Edit("no-discount", "{} whose bootstrap is not discounted", lambda i, c: {"power": lambda k: 0}),
    Edit("discount-exponent", "{} with gamma squared", lambda i, c: {"gamma": c.gamma**2}),
    Edit(
        "discount-exponent",
        "{} whose bootstrap is discounted once, whatever n is",
        lambda i, c: {"power": lambda k: 1},
    ),
    Edit(
        "discount-exponent",
        "{} whose bootstrap is discounted by gamma to the n - 1",
        lambda i, c: {"power": lambda k: k - 1},
    ),
    Edit(
        "discount-exponent",
        "{} whose bootstrap is discounted by gamma to the n + 1",
        lambda i, c: {"power": lambda k: k + 1},
    ),
    Edit(
        "discount-exponent",
        "{} whose bootstrap is always discounted by gamma to the n, also where fewer steps follow",
        lambda i, c: {"power": lambda k: c.n},
    ),
    Edit(
        "discount-exponent",
        "{} whose first reward is discounted too",
        lambda i, c: {"reward_power": lambda k: k + 1},
    ),
    Edit(
        "nstep-count-wrong",
        "{} with one step too many",
        lambda i, c: {"n": c.n + 1},
        "for k in range(n + 1):",
        "for k in range(n):",
    ),
    Edit("nstep-count-wrong", "{} with one step too few", lambda i, c: {"n": max(1, c.n - 1)}),
    Edit("nstep-count-wrong", "{} of one step, whatever n is", lambda i, c: {"n": 1}),
    *VALUE_EDITS,
    *REWARDS[:-1],
    REWARD_MASKED,
    SHARED_ENDS,
)


def _n_fit(case: Case, shown: frozenset[str]) -> Case:
    seen = fit(case, shown)
    if not shown & {"values", "next_values", "last_value"}:
        seen = seen.change(values=0 * seen.values, final_values=0 * seen.values)
    return seen if "n" in shown else seen.change(n=len(seen.rewards))


def _n_cases() -> Iterator[Case]:
    for place, case in enumerate(rollouts()):
        steps = len(case.rewards)
        yield case.change(n=3 if place == 0 else min(steps, 1 + place % 4))


N_STEP_RETURN = Family(
    name="n_step_return",
    what="n-step returns, sum_k<n gamma^k r_t+k + gamma^n V(s_t+n), stopped where the episode ends",
    words=(r"(n|multi)_?step", r"nstep"),
    roles=(
        *(role for role in ROLES if role.name != "lam"),
        number("n", "n_step n_steps nstep num_steps horizon steps k"),
    ),
    needs=(frozenset({"rewards"}),),
    outputs={
        "targets": "TN",
        "targets of full windows": "WN",
        "the return of the first step": "N",
        "the return of the first n steps": "N",
    },
    right=lambda c: _n_step(ingredients(c), c),
    cases=_n_cases,
    fit=_n_fit,
    mistakes=made(N_EDITS, _n_step, "n-step returns"),
    pairs=lambda: pairs(N_EDITS, _n_step, "n-step returns"),
    example="case.rewards, case.values, case.last_value, case.dones, case.gamma, case.n",
)
