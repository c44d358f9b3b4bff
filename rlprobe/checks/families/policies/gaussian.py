"""Entropy and divergence of Gaussian policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.batches import REDUCED, batches, reductions
from rlprobe.checks.family import Family, Mistake, Role, Variant, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs

AXES = {"mean": "BD", "log_std": "BD", "q_mean": "BD", "q_log_std": "BD", "raw_action": "BD"}
HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)
DERIVED: dict[str, Callable[[Case], Any]] = {
    "std": lambda c: np.exp(c.log_std),
    "q_std": lambda c: np.exp(c.q_log_std),
    "action": lambda c: np.tanh(c.raw_action),
}


def _make(random: np.random.Generator, rows: int) -> dict[str, Any]:
    size = 3 if rows == 7 else int(random.integers(1, 4))
    mean, log_std = random.normal(size=(rows, size)) * 0.6, random.normal(size=(rows, size)) * 0.5 - 0.6
    return {
        "mean": mean,
        "log_std": log_std,
        "q_mean": random.normal(size=(rows, size)) * 0.6,
        "q_log_std": random.normal(size=(rows, size)) * 0.4 - 0.3,
        "raw_action": np.clip(mean + np.exp(log_std) * random.normal(size=(rows, size)), -2.0, 2.0),
    }


def gaussian_batches() -> Iterator[Case]:
    """Batches of Gaussian policies, two for each row, and an action of the first."""
    some = np.array([[0.0, 0.5], [1.0, -0.5], [0.2, 0.0], [-1.0, 0.3]])
    same = {"mean": some, "q_mean": some, "log_std": some / 3, "q_log_std": some / 3, "raw_action": some}
    far = {**same, "raw_action": np.full((4, 2), 30.0)}
    edges = {"the same distribution twice": same, "finite: actions of exactly 1": far}
    return batches(_make, AXES, DERIVED, edges)


def _scales(log_std: str, axes: str = "BD") -> dict[str, Variant]:
    return {
        "std": Variant(lambda c: np.exp(getattr(c, log_std)), axes, "`{name}` holds standard deviations"),
        "log_std": Variant(
            lambda c: getattr(c, log_std), axes, "`{name}` holds logarithms of standard deviations"
        ),
        "var": Variant(lambda c: np.exp(2 * getattr(c, log_std)), axes, "`{name}` holds variances"),
        "log_var": Variant(lambda c: 2 * getattr(c, log_std), axes, "`{name}` holds logarithms of variances"),
    }


S, R = _scales("log_std"), _scales("q_log_std")
MEAN = "mu loc means action_mean mean_action m actions_mean pi_mean"
STD = "sigma scale stddev std_dev stds action_std sd sigmas"
LOG_STD = "logstd log_sigma log_stds log_scale logsigma action_log_std log_standard_deviation"
VAR = "variance sigma2 sigma_sq var_"


def _scale_roles(prefix: str, aliases: Callable[[str], str], forms: dict[str, Variant]) -> tuple[Role, ...]:
    return (
        Role(f"{prefix}std", aliases(STD + " std"), (forms["std"], forms["var"])),
        Role(f"{prefix}log_std", aliases(LOG_STD + " log_std"), (forms["log_std"],)),
        Role(f"{prefix}var", aliases(VAR + " var"), (forms["var"],)),
        Role(f"{prefix}log_var", aliases("logvar log_variance log_var"), (forms["log_var"],)),
    )


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


def _entropy(c: Case) -> Any:
    return c.log_std + 0.5 + HALF_LOG_2PI


def _summed(terms: Any) -> Outputs:
    return reductions(terms.sum(axis=-1)) | {"one value for each component": terms}


PER_COMPONENT = {**REDUCED, "one value for each component": "BD"}


def averaged(terms: Callable[[Case], Any], what: str) -> Mistake:
    """The mistake of a mean over the components of the action."""
    return Mistake(
        "log-prob-not-summed",
        f"{what} averaged over the components of the action where a sum belongs",
        lambda c: reductions(terms(c).mean(axis=-1)),
        "log_prob.mean(-1)",
        "log_prob.sum(-1)",
    )


def _of(change: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    return lambda c: _summed(change(c))


SCALES_1 = _scale_roles("", lambda names: names, S)
GAUSSIAN_ENTROPY = Family(
    name="entropy_gaussian",
    what="entropy of a Gaussian policy, H = sum_d (log sigma_d + 1/2 log(2 pi e))",
    words=(r"(gaussian|normal|continuous).*entropy", r"entropy.*(gaussian|normal|continuous)", r"entropy"),
    roles=(plain("mean", "BD", MEAN), *SCALES_1),
    needs=(frozenset({"std", "log_std", "var", "log_var"}),),
    outputs=PER_COMPONENT,
    right=lambda c: _summed(_entropy(c)),
    cases=gaussian_batches,
    strict=True,
    mistakes=(
        Mistake("sign-flipped", "the entropy with the opposite sign", _of(lambda c: -_entropy(c))),
        averaged(_entropy, "the entropy"),
        Mistake(
            "gaussian-constant",
            "the entropy without 1/2 log(2 pi e)",
            _of(lambda c: c.log_std),
            "log_std.sum(-1)",
            "(log_std + 0.5 * log(2 * pi * e)).sum(-1)",
        ),
        Mistake(
            "gaussian-constant",
            "the entropy with log(2 pi) in place of log(2 pi e)",
            _of(lambda c: c.log_std + HALF_LOG_2PI),
        ),
        Mistake(
            "gaussian-constant",
            "the entropy with log(2 pi e) in place of its half",
            _of(lambda c: c.log_std + 1 + 2 * HALF_LOG_2PI),
        ),
        Mistake(
            "gaussian-constant",
            "the entropy with 1/2 alone in place of 1/2 log(2 pi e)",
            _of(lambda c: c.log_std + 0.5),
        ),
        Mistake(
            "variance-as-deviation",
            "the entropy with log of the variance in place of log of the deviation",
            _of(lambda c: 2 * c.log_std + 0.5 + HALF_LOG_2PI),
            "log(var)",
            "0.5 * log(var)",
        ),
        Mistake(
            "variance-as-deviation",
            "the entropy with half of log of the deviation",
            _of(lambda c: 0.5 * c.log_std + 0.5 + HALF_LOG_2PI),
        ),
        Mistake(
            "variance-as-deviation",
            "the entropy with the deviation in place of its logarithm",
            _of(lambda c: c.std + 0.5 + HALF_LOG_2PI),
        ),
        Mistake(
            "gaussian-constant",
            "the entropy whose constant is counted once, not for each component",
            lambda c: reductions(c.log_std.sum(axis=-1) + 0.5 + HALF_LOG_2PI),
        ),
    ),
    example="case.log_std",
)


def _kl(c: Case, **wrong: Any) -> Any:
    part = {
        "log": c.q_log_std - c.log_std,
        "spread": c.std**2 / (2 * c.q_std**2),
        "shift": (c.mean - c.q_mean) ** 2 / (2 * c.q_std**2),
        "half": -0.5,
    } | wrong
    return part["log"] + part["spread"] + part["shift"] + part["half"]


def _kl_with(**wrong: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    return lambda c: _summed(_kl(c, **{name: change(c) for name, change in wrong.items()}))


def _kl_reverse(c: Case) -> Any:
    return c.log_std - c.q_log_std + (c.q_std**2 + (c.mean - c.q_mean) ** 2) / (2 * c.std**2) - 0.5


_FIRST, _LAST = _numbered("1", "old p a"), _numbered("2", "new q b")
_P0, _Q0 = _numbered("0", "old p"), _numbered("1", "new q")
GAUSSIAN_KL = Family(
    name="kl_gaussian",
    what="divergence of Gaussian policies, KL(p || q), summed over the components of the action",
    words=(r"(gaussian|normal|continuous).*kl", r"kl.*(gaussian|normal|continuous)", r"(^|_)kl"),
    roles=(
        plain("mean", "BD", _FIRST(MEAN + " mean") + " " + _P0(MEAN + " mean")),
        *_scale_roles("", lambda names: _FIRST(names) + " " + _P0(names), S),
        plain("q_mean", "BD", _LAST(MEAN + " mean") + " " + _Q0(MEAN + " mean")),
        *_scale_roles("q_", lambda names: _LAST(names) + " " + _Q0(names), R),
    ),
    needs=(frozenset({"mean"}), frozenset({"q_mean"})),
    outputs=PER_COMPONENT,
    right=lambda c: _summed(_kl(c)),
    cases=gaussian_batches,
    strict=True,
    mistakes=(
        Mistake("kl-reversed", "the divergence the other way round, KL(q || p)", _of(_kl_reverse)),
        Mistake("sign-flipped", "the divergence with the opposite sign", _of(lambda c: -_kl(c))),
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
            lambda c: _summed(
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
            lambda c: _summed(
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
            lambda c: _summed(
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
