"""Identities of returns, advantages and other targets of rollouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.evidence.identity import Identity, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.checks.case import Case
    from rlprobe.checks.evidence.identity import Asked

LAM = frozenset({"lam"})
VALUED = ("values", "final_values", "last_value", "q_values")


def _returns(case: Case) -> Any:
    """Discounted returns of a case without ends, as sums and not as a recursion."""
    steps = len(case.rewards)
    found = np.zeros(case.rewards.shape)
    for t in range(steps):
        ahead = np.arange(steps - t)[:, None]
        found[t] = (case.gamma**ahead * case.rewards[t:]).sum(axis=0)
        found[t] += case.gamma ** (steps - t) * case.last_value
    return found


def _errors(case: Case) -> Any:
    return case.rewards + case.gamma * (1.0 - case.terminated) * case.next_values - case.values


def _scaled(case: Case, factor: float) -> Case:
    return case.change(
        rewards=factor * case.rewards, **{n: factor * case.data[n] for n in VALUED if n in case.data}
    )


def _raised(case: Case, by: float) -> Case:
    """Every value raised, and the rewards so that nothing else changes."""
    return case.change(
        rewards=case.rewards + by * (1 - case.gamma),
        **{n: case.data[n] + by for n in VALUED if n in case.data},
    )


def _cut(case: Case) -> tuple[Case, Case, Case]:
    """A rollout whose episodes all terminate at one step, and both parts."""
    steps = len(case.rewards)
    place = max(1, steps // 2)
    flags = np.zeros(case.rewards.shape, bool)
    flags[place - 1] = True
    whole = case.change(terminated=flags, truncated=flags & False, began=case.began & False)
    second = whole.take("T", range(place, steps)).change(began=case.began | True)
    return whole, whole.take("T", range(place)), second


def _joined(asked: Asked, case: Case) -> bool:
    if len(case.rewards) < 2 or not asked.reading.roles & FLAGS:
        return True
    whole, first, second = _cut(case)
    return same(asked(whole), np.concatenate([asked(first), asked(second)]))


def _reordered(asked: Asked, case: Case) -> bool:
    envs = case.sizes["N"]
    if envs < 2 or asked.reading.layout in {"T", "T1"}:
        return True
    order = np.roll(np.arange(envs), 1)
    return same(asked(case.take("N", order)), np.take(asked(case), order, axis=-1))


FLAGS = frozenset({"dones", "terminated", "episode_starts", "masks", "discounts", "ends"})
SCALE = Identity(
    "rewards and values times 3 give 3 times the result",
    lambda f, c: same(f(_scaled(c, 3.0)), 3.0 * f(c)),
)
ORDER = Identity("another order of environments gives the same numbers in that order", _reordered)
JOINED = Identity("two episodes in one rollout give what two calls give", _joined)


def _shift(constant: float) -> Callable[[Asked, Case], bool]:
    """Raising all values by c, and rewards by c (1 - gamma), moves the result by ``constant`` times c."""
    return lambda f, c: same(f(_raised(c, 2.0)), f(c) + 2.0 * constant)


def _at(**numbers: float) -> Callable[[Case], Case]:
    return lambda c: c.change(**numbers)


LAST = frozenset({"last_value"})
GAE = (
    Identity(
        "at lambda = 1, advantages are discounted returns less values",
        lambda f, c: same(f(c.change(lam=1.0)), _returns(f.seen(c)) - f.seen(c).values),
        LAM,
        "advantages",
        plain=True,
    ),
    Identity(
        "at lambda = 0, advantages are TD errors",
        lambda f, c: same(f(c.change(lam=0.0)), _errors(f.seen(c))),
        LAM,
        "advantages",
        plain=True,
    ),
    Identity(
        "values + c with rewards + c (1 - gamma) give the same advantages",
        _shift(0.0),
        frozenset({"values", "gamma"}) | LAST,
        "advantages",
        plain=True,
    ),
    *(Identity(one.says, one.holds, output="advantages") for one in (SCALE, ORDER, JOINED)),
)
RETURNS = (
    Identity(
        "each return is the sum of rewards from its step on, times powers of gamma",
        lambda f, c: same(f(c), _returns(f.seen(c))),
        output="returns",
        plain=True,
    ),
    Identity(
        "at gamma = 0, returns are rewards",
        lambda f, c: same(f(c.change(gamma=0.0)), c.rewards[:, : f.seen(c).sizes["N"]]),
        frozenset({"gamma"}),
        "returns",
        plain=True,
    ),
    *(Identity(one.says, one.holds, output="returns") for one in (SCALE, ORDER, JOINED)),
)
TD_LAMBDA = (
    Identity(
        "at lambda = 1, lambda-returns are discounted returns",
        lambda f, c: same(f(c.change(lam=1.0)), _returns(f.seen(c))),
        LAM,
        "returns",
        plain=True,
    ),
    Identity(
        "at lambda = 0, lambda-returns are one-step targets",
        lambda f, c: same(f(c.change(lam=0.0)), _errors(f.seen(c)) + f.seen(c).values),
        LAM,
        "returns",
        plain=True,
    ),
    Identity(
        "values + c with rewards + c (1 - gamma) give lambda-returns + c",
        _shift(1.0),
        frozenset({"values", "gamma"}) | LAST,
        "returns",
        plain=True,
    ),
    *(Identity(one.says, one.holds, output="returns") for one in (SCALE, ORDER, JOINED)),
)
N_STEP = (
    Identity(
        "at n = 1, targets are r + gamma V of the next observation",
        lambda f, c: same(f(c.change(n=1)), _errors(f.seen(c)) + f.seen(c).values),
        frozenset({"n"}),
        "targets",
        plain=True,
    ),
    Identity(
        "where n is the length of the rollout, targets are discounted returns",
        lambda f, c: same(f(c.change(n=len(c.rewards))), _returns(f.seen(c))),
        frozenset({"n"}),
        "targets",
        plain=True,
    ),
    *(Identity(one.says, one.holds, output="targets") for one in (SCALE, ORDER, JOINED)),
)


def _on_policy(case: Case) -> Case:
    return case.change(log_rhos=0.0 * case.log_rhos, lam=1.0, rho_bar=1.0, c_bar=1.0, pg_bar=1.0)


VTRACE = (
    Identity(
        "where both policies are the same, V-trace targets are discounted returns",
        lambda f, c: same(f(_on_policy(c)), _returns(f.seen(_on_policy(c)))),
        output="targets vs",
        plain=True,
    ),
    *(Identity(one.says, one.holds, output="targets vs") for one in (SCALE, ORDER, JOINED)),
)
RETRACE = (
    Identity(
        "at lambda = 0, Retrace targets are r + gamma V of the next observation",
        lambda f, c: same(f(c.change(lam=0.0)), _errors(f.seen(c)) + f.seen(c).values),
        LAM,
        "targets",
        plain=True,
    ),
    *(Identity(one.says, one.holds, output="targets") for one in (SCALE, ORDER, JOINED)),
)
OF = {
    "gae": GAE,
    "discounted_return": RETURNS,
    "td_lambda": TD_LAMBDA,
    "n_step_return": N_STEP,
    "vtrace": VTRACE,
    "retrace": RETRACE,
}
