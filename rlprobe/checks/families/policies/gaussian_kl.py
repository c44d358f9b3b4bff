"""Divergence of Gaussian policies."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rlprobe.checks.families.policies.gaussian import (
    MEAN,
    PER_COMPONENT,
    S,
    averaged,
    gaussian_batches,
    of_terms,
    scale_roles,
    scales,
    summed,
)
from rlprobe.checks.families.policies.pairs import in_order
from rlprobe.checks.family import Family, Mistake, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs

R = scales("q_log_std")


def _numbered(number: str, word: str) -> Callable[[str], str]:
    """Names of the first or second of two distributions."""

    def of(names: str) -> str:
        each = names.split()
        return " ".join(
            [
                *(f"{n}{number}" for n in each),
                *(f"{n}_{number}" for n in each),
                *(f"{w}_{n}" for w in word.split() for n in each),
            ]
            + [f"{n}_{w}" for w in word.split() for n in each]
        )

    return of


def _alike(passed: Sequence[tuple[str, str]]) -> bool:
    """Whether mean and scale of one distribution belong to it by their names too."""
    marks: dict[bool, set[str]] = {True: set(), False: set()}
    for name, role in passed:
        found = re.findall(r"old|new|(?:^|_)[pqab](?=_|$)|[012]", name.lower())
        marks[role in OF_FIRST].add(found[0].strip("_") if found else "")
    return all(len(some) <= 1 for some in marks.values())


def _kl(c: Case, **wrong: Any) -> Any:
    part = {
        "log": c.q_log_std - c.log_std,
        "spread": c.std**2 / (2 * c.q_std**2),
        "shift": (c.mean - c.q_mean) ** 2 / (2 * c.q_std**2),
        "half": -0.5,
    } | wrong
    return part["log"] + part["spread"] + part["shift"] + part["half"]


def _kl_with(**wrong: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    return lambda c: summed(_kl(c, **{name: change(c) for name, change in wrong.items()}))


def _kl_reverse(c: Case) -> Any:
    return c.log_std - c.q_log_std + (c.q_std**2 + (c.mean - c.q_mean) ** 2) / (2 * c.std**2) - 0.5


_FIRST, _LAST = _numbered("1", "old p a new"), _numbered("2", "new q b old other")
_P0, _Q0 = _numbered("0", "old p"), _numbered("1", "new q")


def _of_either(names: str) -> str:
    return f"{_FIRST(names)} {_P0(names)} {_LAST(names)} {_Q0(names)} {names}"


OF_FIRST = frozenset({"mean", "std", "log_std", "var", "log_var"})
GAUSSIAN_KL = Family(
    name="kl_gaussian",
    what="divergence of Gaussian policies, KL(p || q), summed over the components of the action",
    words=(r"(gaussian|normal|continuous).*kl", r"kl.*(gaussian|normal|continuous)", r"(^|_)kl"),
    roles=(
        plain("mean", "BD", _of_either(MEAN + " mean")),
        *scale_roles("", _of_either, S),
        plain("q_mean", "BD", _of_either(MEAN + " mean")),
        *scale_roles("q_", _of_either, R),
    ),
    needs=(
        frozenset({"mean"}),
        frozenset({"q_mean"}),
        OF_FIRST - {"mean"},
        frozenset(f"q_{name}" for name in OF_FIRST - {"mean"}),
    ),
    sensible=lambda passed: in_order(passed, OF_FIRST) and _alike(passed),
    outputs=PER_COMPONENT,
    right=lambda c: summed(_kl(c)),
    cases=gaussian_batches,
    strict=True,
    mistakes=(
        Mistake("kl-reversed", "the divergence the other way round, KL(q || p)", of_terms(_kl_reverse)),
        Mistake("sign-flipped", "the divergence with the opposite sign", of_terms(lambda c: -_kl(c))),
        averaged(_kl, "the divergence"),
        Mistake(
            "gaussian-constant",
            "the divergence without its -1/2",
            _kl_with(half=lambda _: 0.0),
            "log_ratio + (var1 + shift) / (2 * var2)",
            "log_ratio + (var1 + shift) / (2 * var2) - 0.5",
        ),
        Mistake(
            "gaussian-constant", "the divergence with -1 in place of -1/2", _kl_with(half=lambda _: -1.0)
        ),
        Mistake(
            "gaussian-constant", "the divergence with +1/2 in place of -1/2", _kl_with(half=lambda _: 0.5)
        ),
        Mistake(
            "sign-flipped",
            "the divergence with log(sigma_p / sigma_q) in place of log(sigma_q / sigma_p)",
            _kl_with(log=lambda c: c.log_std - c.q_log_std),
        ),
        Mistake(
            "variance-as-deviation",
            "the divergence with deviations where variances belong",
            lambda c: summed(
                _kl(c, spread=c.std / (2 * c.q_std), shift=(c.mean - c.q_mean) ** 2 / (2 * c.q_std))
            ),
        ),
        Mistake(
            "variance-as-deviation",
            "the divergence with a deviation where the variance of p belongs",
            _kl_with(spread=lambda c: c.std / (2 * c.q_std**2)),
        ),
        Mistake(
            "variance-as-deviation",
            "the divergence with a deviation below where the variance of q belongs",
            lambda c: summed(
                _kl(c, spread=c.std**2 / (2 * c.q_std), shift=(c.mean - c.q_mean) ** 2 / (2 * c.q_std))
            ),
        ),
        Mistake(
            "kl-term-missing",
            "the divergence without the difference of the means",
            _kl_with(shift=lambda _: 0.0),
            "log_ratio + var1 / (2 * var2) - 0.5",
            "log_ratio + (var1 + (mean1 - mean2) ** 2) / (2 * var2) - 0.5",
        ),
        Mistake(
            "kl-term-missing",
            "the divergence without the logarithm of the deviations",
            _kl_with(log=lambda _: 0.0),
        ),
        Mistake(
            "kl-term-missing",
            "the divergence whose difference of means is not squared",
            _kl_with(shift=lambda c: (c.mean - c.q_mean) / (2 * c.q_std**2)),
        ),
        Mistake(
            "kl-term-missing",
            "the divergence whose 1/2 is missing",
            lambda c: summed(
                _kl(c, spread=c.std**2 / c.q_std**2, shift=(c.mean - c.q_mean) ** 2 / c.q_std**2)
            ),
        ),
        Mistake(
            "variance-as-deviation",
            "the divergence with half the logarithm",
            _kl_with(log=lambda c: 0.5 * (c.q_log_std - c.log_std)),
        ),
        Mistake(
            "variance-as-deviation",
            "the divergence with twice the logarithm",
            _kl_with(log=lambda c: 2 * (c.q_log_std - c.log_std)),
        ),
    ),
    example="case.mean, case.std, case.q_mean, case.q_std",
)
