"""Advantages normalised over the whole batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.rollouts.rollout import rollout
from rlprobe.checks.family import Family, Mistake, Role, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs

NORMAL_OUTPUTS = {"normalised by the sample deviation": "TN", "normalised by the population deviation": "TN"}


def _normal_cases() -> Iterator[Case]:
    random = np.random.default_rng(43)
    yield rollout(random, 6, 3, "random")
    for _ in range(199):
        steps, envs = int(random.integers(3, 8)), int(random.integers(1, 4))
        case = rollout(random, steps, envs, "random")
        yield case.change(rewards=case.rewards * 10.0 ** random.integers(-1, 3) + random.normal() * 3)


def _both(x: Any, subtract: Any = None, axis: int | None = None) -> Outputs:
    middle = x - (x.mean(axis=axis, keepdims=axis is not None) if subtract is None else subtract)
    keep = axis is not None
    return {
        name: middle / (x.std(ddof=ddof, axis=axis, keepdims=keep) + 1e-8)
        for name, ddof in zip(NORMAL_OUTPUTS, (1, 0), strict=True)
    }


def _one(x: Any) -> Outputs:
    return dict.fromkeys(NORMAL_OUTPUTS, x)


def _plus(epsilon: float) -> Callable[[Case], Outputs]:
    """Normalised with a small number that may be too large."""

    def of(c: Case) -> Outputs:
        middle = c.rewards - c.rewards.mean()
        return {
            n: middle / (c.rewards.std(ddof=d) + epsilon) for n, d in zip(NORMAL_OUTPUTS, (1, 0), strict=True)
        }

    return of


NORMALISED_ADVANTAGES = Family(
    name="normalised_advantages",
    what="advantages less their mean, divided by their standard deviation over the whole batch",
    words=(
        r"(normali[sz]e|standardi[sz]e|whiten|norm).*adv",
        r"adv.*(normali[sz]|standardi[sz]|whiten|norm)",
        r"normali[sz]e|standardi[sz]e|whiten",
    ),
    roles=(
        Role(
            "rewards",
            "advantages adv advantage advs a x gae values data arr batch_advantages tensor array",
            (Variant(lambda c: c.rewards, "TN"),),
        ),
    ),
    needs=(frozenset({"rewards"}),),
    outputs=NORMAL_OUTPUTS,
    right=lambda c: _both(c.rewards),
    cases=_normal_cases,
    strict=True,
    mistakes=(
        Mistake(
            "advantage-normalised-per-environment",
            "advantages normalised over time only, each environment by itself",
            lambda c: _both(c.rewards, axis=0),
            "(adv - adv.mean(0)) / adv.std(0)",
            "(adv - adv.mean()) / adv.std()",
            many=True,
        ),
        Mistake(
            "advantage-normalised-per-environment",
            "advantages normalised over the environments only, each step by itself",
            lambda c: _both(c.rewards, axis=1),
        ),
        Mistake(
            "advantage-not-centred",
            "advantages divided by their deviation, without subtracting the mean",
            lambda c: _both(c.rewards, 0.0),
            "adv / adv.std()",
            "(adv - adv.mean()) / adv.std()",
        ),
        Mistake(
            "advantage-not-scaled",
            "advantages less their mean, not divided by the deviation",
            lambda c: _one(c.rewards - c.rewards.mean()),
            "adv - adv.mean()",
            "(adv - adv.mean()) / adv.std()",
        ),
        Mistake(
            "variance-as-deviation",
            "advantages divided by their variance",
            lambda c: {
                n: (c.rewards - c.rewards.mean()) / (c.rewards.var(ddof=d) + 1e-8)
                for n, d in zip(NORMAL_OUTPUTS, (1, 0), strict=True)
            },
        ),
        Mistake(
            "variance-as-deviation",
            "advantages divided by the root of their deviation",
            lambda c: {
                n: (c.rewards - c.rewards.mean()) / np.sqrt(c.rewards.std(ddof=d) + 1e-8)
                for n, d in zip(NORMAL_OUTPUTS, (1, 0), strict=True)
            },
        ),
        *(
            Mistake(
                "advantage-not-scaled",
                f"advantages divided by their deviation plus {epsilon}: the small number is too large",
                _plus(epsilon),
                f"(adv - adv.mean()) / (adv.std() + {epsilon})",
                "(adv - adv.mean()) / (adv.std() + 1e-8)",
            )
            for epsilon in (1.0, 0.1, 0.01)
        ),
        Mistake(
            "advantage-normalised-to-zero",
            "zeros: each advantage was normalised by itself",
            lambda c: _one(0 * c.rewards),
        ),
        Mistake(
            "sign-flipped",
            "normalised advantages with the opposite sign",
            lambda c: {n: -x for n, x in _both(c.rewards).items()},
        ),
        Mistake(
            "operator-order",
            "advantages less the quotient of mean and deviation: brackets are missing",
            lambda c: {
                n: c.rewards - c.rewards.mean() / (c.rewards.std(ddof=d) + 1e-8)
                for n, d in zip(NORMAL_OUTPUTS, (1, 0), strict=True)
            },
            "adv - adv.mean() / adv.std()",
            "(adv - adv.mean()) / adv.std()",
        ),
        Mistake(
            "advantage-not-scaled",
            "advantages scaled to 0 and 1",
            lambda c: _one((c.rewards - c.rewards.min()) / (np.ptp(c.rewards) + 1e-8)),
        ),
        Mistake(
            "advantage-not-scaled",
            "advantages divided by their largest size",
            lambda c: _one(c.rewards / np.abs(c.rewards).max()),
        ),
    ),
    example="case.rewards",
)
