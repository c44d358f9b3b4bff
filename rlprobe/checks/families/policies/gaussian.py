"""Gaussian policies: their arguments, and their entropy."""

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


def scales(log_std: str, axes: str = "BD") -> dict[str, Variant]:
    """The forms in which a scale is passed."""
    return {
        "std": Variant(lambda c: np.exp(getattr(c, log_std)), axes, "`{name}` holds standard deviations"),
        "log_std": Variant(
            lambda c: getattr(c, log_std), axes, "`{name}` holds logarithms of standard deviations"
        ),
        "var": Variant(lambda c: np.exp(2 * getattr(c, log_std)), axes, "`{name}` holds variances"),
        "log_var": Variant(lambda c: 2 * getattr(c, log_std), axes, "`{name}` holds logarithms of variances"),
    }


S = scales("log_std")
MEAN = "mu loc means action_mean mean_action m actions_mean pi_mean"
STD = "sigma scale stddev std_dev stds action_std sd sigmas"
LOG_STD = "logstd log_sigma log_stds log_scale logsigma action_log_std log_standard_deviation"
VAR = "variance sigma2 sigma_sq var_"


def scale_roles(prefix: str, aliases: Callable[[str], str], forms: dict[str, Variant]) -> tuple[Role, ...]:
    """The roles of the scale of one distribution."""
    return (
        Role(f"{prefix}std", aliases(STD + " std"), (forms["std"],)),
        Role(f"{prefix}log_std", aliases(LOG_STD + " log_std"), (forms["log_std"],)),
        Role(f"{prefix}var", aliases(VAR + " var"), (forms["var"],)),
        Role(f"{prefix}log_var", aliases("logvar log_variance log_var"), (forms["log_var"],)),
    )


def _entropy(c: Case) -> Any:
    return c.log_std + 0.5 + HALF_LOG_2PI


def summed(terms: Any) -> Outputs:
    """What is returned of terms for each component: their sum, reduced over the batch or not."""
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


def of_terms(change: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    """The results of terms for each component."""
    return lambda c: summed(change(c))


def _with_constant(constant: float) -> Callable[[Case], Outputs]:
    return of_terms(lambda c: c.log_std + constant)


SCALES_1 = scale_roles("", lambda names: names, S)
GAUSSIAN_ENTROPY = Family(
    name="entropy_gaussian",
    what="entropy of a Gaussian policy, H = sum_d (log sigma_d + 1/2 log(2 pi e))",
    words=(r"(gaussian|normal|continuous).*entropy", r"entropy.*(gaussian|normal|continuous)", r"entropy"),
    roles=(plain("mean", "BD", MEAN), *SCALES_1),
    needs=(frozenset({"std", "log_std", "var", "log_var"}),),
    outputs=PER_COMPONENT,
    right=lambda c: summed(_entropy(c)),
    cases=gaussian_batches,
    strict=True,
    mistakes=(
        Mistake("sign-flipped", "the entropy with the opposite sign", of_terms(lambda c: -_entropy(c))),
        averaged(_entropy, "the entropy"),
        Mistake(
            "gaussian-constant",
            "the entropy without 1/2 log(2 pi e)",
            of_terms(lambda c: c.log_std),
            "log_std.sum(-1)",
            "(log_std + 0.5 * log(2 * pi * e)).sum(-1)",
        ),
        Mistake(
            "gaussian-constant",
            "the entropy with log(2 pi) in place of log(2 pi e)",
            of_terms(lambda c: c.log_std + HALF_LOG_2PI),
        ),
        Mistake(
            "gaussian-constant",
            "the entropy with log(2 pi e) in place of its half",
            of_terms(lambda c: c.log_std + 1 + 2 * HALF_LOG_2PI),
        ),
        Mistake(
            "gaussian-constant",
            "the entropy with 1/2 alone in place of 1/2 log(2 pi e)",
            of_terms(lambda c: c.log_std + 0.5),
        ),
        *(
            Mistake(
                "gaussian-constant",
                f"the entropy with {words} in place of 1/2 log(2 pi e)",
                _with_constant(constant),
            )
            for words, constant in (
                ("1/2 + log(2 pi)", 0.5 + 2 * HALF_LOG_2PI),
                ("1 + 1/2 log(2 pi)", 1.0 + HALF_LOG_2PI),
                ("1/2 + 1/2 log(pi)", 0.5 + 0.5 * np.log(np.pi)),
                ("1 + log(2 pi) / 4", 1.0 + 0.5 * HALF_LOG_2PI),
                ("log(2 pi)", 2 * HALF_LOG_2PI),
                ("-1/2 log(2 pi)", -HALF_LOG_2PI),
                ("1/2 - 1/2 log(2 pi)", 0.5 - HALF_LOG_2PI),
                ("1", 1.0),
            )
        ),
        Mistake(
            "variance-as-deviation",
            "the entropy with log of the variance in place of log of the deviation",
            of_terms(lambda c: 2 * c.log_std + 0.5 + HALF_LOG_2PI),
            "log(var)",
            "0.5 * log(var)",
        ),
        Mistake(
            "variance-as-deviation",
            "the entropy with half of log of the deviation",
            of_terms(lambda c: 0.5 * c.log_std + 0.5 + HALF_LOG_2PI),
        ),
        Mistake(
            "variance-as-deviation",
            "the entropy with the deviation in place of its logarithm",
            of_terms(lambda c: c.std + 0.5 + HALF_LOG_2PI),
        ),
        Mistake(
            "gaussian-constant",
            "the entropy whose constant is counted once, not for each component",
            lambda c: reductions(c.log_std.sum(axis=-1) + 0.5 + HALF_LOG_2PI),
        ),
    ),
    example="case.log_std",
)
