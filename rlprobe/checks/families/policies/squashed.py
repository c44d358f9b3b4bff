"""The log-probability of actions squashed by tanh, ``log N(u) - sum log(1 - tanh(u)^2)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.batches import reductions
from rlprobe.checks.families.policies.gaussian import (
    HALF_LOG_2PI,
    MEAN,
    PER_COMPONENT,
    SCALES_1,
    averaged,
    gaussian_batches,
)
from rlprobe.checks.family import Family, Mistake, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs


def _normal(c: Case, value: Any = None, std: Any = None) -> Any:
    value, std = c.raw_action if value is None else value, c.std if std is None else std
    return -0.5 * ((value - c.mean) / std) ** 2 - np.log(std) - HALF_LOG_2PI


def _slope(c: Case) -> Any:
    return np.log(1 - np.tanh(c.raw_action) ** 2 + 1e-6)


def _squashed(c: Case) -> Any:
    return _normal(c) - _slope(c)


LOG_2 = np.log(2.0)


def _softplus(x: Any) -> Any:
    return np.logaddexp(0.0, x)


def _row(terms: Any) -> Outputs:
    return reductions(terms.sum(axis=-1))


def _squash(change: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    return lambda c: _row(change(c))


def _less(correction: Callable[[Any], Any]) -> Callable[[Case], Outputs]:
    return _squash(lambda c: _normal(c) - correction(c.raw_action))


TANH_GAUSSIAN_LOG_PROB = Family(
    name="tanh_gaussian_log_prob",
    what="log-probability of a = tanh(u), u Gaussian: log N(u) - sum_d log(1 - a_d^2)",
    words=(
        r"(tanh|squash).*(log_?prob|logp)",
        r"(log_?prob|logp).*(tanh|squash)",
        r"log_?prob|logp|log_?likelihood",
    ),
    roles=(
        plain("mean", "BD", MEAN),
        *SCALES_1,
        plain("action", "BD", "a act actions squashed_action tanh_action y y_t squashed acts"),
        plain(
            "raw_action",
            "BD",
            "u pre_tanh pre_tanh_action pretanh x_t pre_tanh_value raw raw_actions gaussian_action gaussian_actions z x unsquashed pre_tanh_actions unsquashed_action u_t",
        ),
    ),
    needs=(
        frozenset({"mean"}),
        frozenset({"std", "log_std", "var", "log_var"}),
        frozenset({"action", "raw_action"}),
    ),
    outputs=PER_COMPONENT,
    wrong_shapes=frozenset({"one value for each component"}),
    right=lambda c: _row(_squashed(c)),
    cases=gaussian_batches,
    strict=True,
    tolerance=1e-3,
    mistakes=(
        Mistake(
            "tanh-correction-missing",
            "the Gaussian log-probability without the correction for tanh",
            _squash(_normal),
            "log_prob = normal.log_prob(u).sum(-1)",
            "log_prob = (normal.log_prob(u) - log(1 - tanh(u) ** 2 + 1e-6)).sum(-1)",
        ),
        Mistake(
            "tanh-correction-sign",
            "the log-probability with the correction for tanh added instead of subtracted",
            _squash(lambda c: _normal(c) + _slope(c)),
            "log_prob + log(1 - a**2)",
            "log_prob - log(1 - a**2)",
        ),
        Mistake(
            "tanh-correction-wrong",
            "the log-probability with the correction of an action that was squashed twice",
            _squash(lambda c: _normal(c) - np.log(1 - np.tanh(c.action) ** 2 + 1e-6)),
            "log(1 - tanh(a) ** 2)",
            "log(1 - a ** 2)",
        ),
        Mistake(
            "tanh-correction-wrong",
            "the log-probability with 1 - a in place of 1 - a^2",
            _squash(lambda c: _normal(c) - np.log(np.maximum(1 - c.action, 1e-6))),
        ),
        Mistake(
            "tanh-correction-wrong",
            "the log-probability with 1 - a^2 in place of its logarithm",
            _squash(lambda c: _normal(c) - (1 - c.action**2)),
        ),
        *(
            Mistake(
                "tanh-correction-wrong",
                f"the log-probability with {words} in place of 2 (log 2 - u - softplus(-2 u))",
                _less(of),
                f"log_prob - {words}",
                "log_prob - 2 * (log(2) - u - softplus(-2 * u))",
            )
            for words, of in (
                ("2 (log 2 - u - softplus(2 u))", lambda u: 2 * (LOG_2 - u - _softplus(2 * u))),
                ("2 (log 2 + u - softplus(-2 u))", lambda u: 2 * (LOG_2 + u - _softplus(-2 * u))),
                ("2 (log 2 - u - softplus(-u))", lambda u: 2 * (LOG_2 - u - _softplus(-u))),
                ("log 2 - u - softplus(-2 u)", lambda u: LOG_2 - u - _softplus(-2 * u)),
                ("2 (-u - softplus(-2 u))", lambda u: 2 * (-u - _softplus(-2 * u))),
            )
        ),
        Mistake(
            "tanh-correction-wrong",
            "the log-probability with 1 - |a| in place of 1 - a^2",
            _squash(lambda c: _normal(c) - np.log(np.maximum(1 - np.abs(c.action), 1e-6))),
        ),
        Mistake(
            "log-prob-not-summed",
            "the log-probability with the Gaussian part summed once for each component",
            lambda c: reductions(c.mean.shape[1] * _normal(c).sum(axis=-1) - _slope(c).sum(axis=-1)),
            "log_prob.sum(-1, keepdim=True) - correction",
            "(log_prob - correction).sum(-1)",
        ),
        Mistake(
            "tanh-correction-wrong",
            "the log-probability with half the correction",
            _squash(lambda c: _normal(c) - 0.5 * _slope(c)),
        ),
        Mistake(
            "tanh-correction-wrong",
            "the log-probability with twice the correction",
            _squash(lambda c: _normal(c) - 2 * _slope(c)),
        ),
        Mistake(
            "log-prob-of-squashed-action",
            "the Gaussian log-probability at the squashed action in place of the one before tanh",
            _squash(lambda c: _normal(c, c.action) - _slope(c)),
            "normal.log_prob(action)",
            "normal.log_prob(atanh(action))",
        ),
        Mistake(
            "tanh-correction-missing",
            "the Gaussian log-probability at the squashed action, without the correction",
            _squash(lambda c: _normal(c, c.action)),
        ),
        Mistake(
            "variance-as-deviation",
            "the log-probability with the variance in place of the deviation",
            _squash(lambda c: _normal(c, std=c.std**2) - _slope(c)),
            "Normal(mean, std ** 2)",
            "Normal(mean, std)",
        ),
        Mistake(
            "variance-as-deviation",
            "the log-probability with the square root of the deviation",
            _squash(lambda c: _normal(c, std=np.sqrt(c.std)) - _slope(c)),
        ),
        Mistake(
            "variance-as-deviation",
            "the log-probability with the squared error divided by the deviation, not by the variance",
            _squash(
                lambda c: -0.5 * (c.raw_action - c.mean) ** 2 / c.std - c.log_std - HALF_LOG_2PI - _slope(c)
            ),
        ),
        Mistake(
            "gaussian-constant",
            "the log-probability without the logarithm of the deviation",
            _squash(lambda c: _normal(c) + c.log_std - _slope(c)),
            "-0.5 * z**2 - 0.5 * log(2 * pi)",
            "-0.5 * z**2 - log_std - 0.5 * log(2 * pi)",
        ),
        Mistake(
            "gaussian-constant",
            "the log-probability without 1/2 log(2 pi)",
            _squash(lambda c: _normal(c) + HALF_LOG_2PI - _slope(c)),
        ),
        Mistake(
            "gaussian-constant",
            "the log-probability with log(2 pi) in place of its half",
            _squash(lambda c: _normal(c) - HALF_LOG_2PI - _slope(c)),
        ),
        Mistake(
            "gaussian-constant",
            "the log-probability without the 1/2 of the squared error",
            _squash(lambda c: _normal(c) - 0.5 * ((c.raw_action - c.mean) / c.std) ** 2 - _slope(c)),
        ),
        Mistake(
            "sign-flipped", "the log-probability with the opposite sign", _squash(lambda c: -_squashed(c))
        ),
        averaged(_squashed, "the log-probability"),
        Mistake(
            "log-prob-not-summed",
            "a log-probability for each component of the action",
            lambda c: {"one value for each component": _squashed(c)},
        ),
        Mistake(
            "log-prob-not-summed",
            "the log-probability whose correction is averaged over the components",
            lambda c: reductions(_normal(c).sum(axis=-1) - _slope(c).mean(axis=-1)),
        ),
        Mistake(
            "log-prob-not-summed",
            "a table whose correction is summed and whose log-probability is not",
            lambda c: {"one value for each component": _normal(c) - _slope(c).sum(axis=-1, keepdims=True)},
        ),
    ),
    example="case.mean, case.log_std, case.action",
)
