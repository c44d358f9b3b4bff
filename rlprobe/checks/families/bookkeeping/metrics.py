"""Explained variance, ``1 - Var(y - y_pred) / Var(y)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.batches import batches
from rlprobe.checks.family import Family, Mistake, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs


def _predictions(random: np.random.Generator, rows: int) -> dict[str, Any]:
    true = random.normal(size=rows) * 2 + 1
    return {"y_true": true, "y_pred": true * random.uniform(0.3, 0.9) + random.normal(size=rows) * 0.5 + 1.5}


def _metric_cases() -> Iterator[Case]:
    some = np.array([1.0, 2.0, 4.0, -1.0])
    edges = {
        "predicted exactly": {"y_true": some, "y_pred": some},
        "the same prediction for all": {"y_true": some, "y_pred": 0 * some + 2.0},
        "predictions off by a constant": {"y_true": some, "y_pred": some + 3.0},
    }
    return batches(_predictions, {"y_true": "B", "y_pred": "B"}, {}, edges, smallest=3)


LIMITED = "explained variance, at least -1"


def _shown(value: Any) -> Outputs:
    return {"explained variance": value, LIMITED: np.maximum(value, -1.0)}


def _share(c: Case, **wrong: Callable[[Case], Any]) -> Outputs:
    rest = np.var(c.y_true - c.y_pred) if "rest" not in wrong else wrong["rest"](c)
    whole = np.var(c.y_true) if "whole" not in wrong else wrong["whole"](c)
    with np.errstate(all="ignore"):
        return _shown(1 - rest / whole)


def _with(**wrong: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    return lambda c: _share(c, **wrong)


def _value(compute: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    def of(c: Case) -> Outputs:
        with np.errstate(all="ignore"):
            return _shown(compute(c))

    return of


EXPLAINED_VARIANCE = Family(
    name="explained_variance",
    what="explained variance, 1 - Var(y_true - y_pred) / Var(y_true)",
    words=(r"explained?_?var", r"(^|_)ev$", r"expl"),
    roles=(
        plain(
            "y_pred",
            "B",
            "ypred pred prediction predictions preds values value v vpred y_hat predicted value_pred values_pred estimates yhat",
        ),
        plain(
            "y_true",
            "B",
            "y ytrue true returns ret target targets returns_ actual truth rets y_target labels",
        ),
    ),
    needs=(frozenset({"y_pred"}), frozenset({"y_true"})),
    outputs={"explained variance": "", LIMITED: ""},
    right=_share,
    cases=_metric_cases,
    strict=True,
    mistakes=(
        Mistake(
            "reported-metric-wrong",
            "the explained variance with predictions and targets swapped: divided by the variance of the predictions",
            _with(whole=lambda c: np.var(c.y_pred)),
            "explained_variance(returns, values)",
            "explained_variance(values, returns)",
        ),
        Mistake(
            "explained-variance-not-centred",
            "R squared: the mean of the squared errors in place of their variance",
            _with(rest=lambda c: np.mean((c.y_true - c.y_pred) ** 2)),
            "1 - ((y - pred) ** 2).mean() / y.var()",
            "1 - (y - pred).var() / y.var()",
        ),
        Mistake(
            "explained-variance-not-inverted",
            "the unexplained share: 1 - is missing",
            _value(lambda c: np.var(c.y_true - c.y_pred) / np.var(c.y_true)),
            "(y - pred).var() / y.var()",
            "1 - (y - pred).var() / y.var()",
        ),
        Mistake(
            "variance-as-deviation",
            "the explained variance from standard deviations",
            _with(rest=lambda c: np.std(c.y_true - c.y_pred), whole=lambda c: np.std(c.y_true)),
        ),
        Mistake(
            "explained-variance-wrong",
            "the share of the variances, Var(y_pred) / Var(y_true)",
            _value(lambda c: np.var(c.y_pred) / np.var(c.y_true)),
            "pred.var() / y.var()",
            "1 - (y - pred).var() / y.var()",
        ),
        Mistake(
            "explained-variance-wrong",
            "1 - Var(y_pred) / Var(y_true)",
            _value(lambda c: 1 - np.var(c.y_pred) / np.var(c.y_true)),
        ),
        Mistake(
            "explained-variance-wrong",
            "the squared correlation",
            _value(lambda c: np.corrcoef(c.y_pred, c.y_true)[0, 1] ** 2 if np.ptp(c.y_pred) > 0 else 0.0),
        ),
        Mistake(
            "explained-variance-wrong",
            "the correlation",
            _value(lambda c: np.corrcoef(c.y_pred, c.y_true)[0, 1] if np.ptp(c.y_pred) > 0 else 0.0),
        ),
        Mistake(
            "loss-broadcast",
            "the explained variance over a table that pairs every target with every prediction: (N, 1) met (N,)",
            _with(rest=lambda c: np.var(c.y_true[:, None] - c.y_pred[None])),
            "(returns[:, None] - values).var()",
            "(returns - values).var()  # both (N,)",
        ),
        Mistake(
            "sign-flipped",
            "the explained variance with the sum of targets and predictions",
            _with(rest=lambda c: np.var(c.y_true + c.y_pred)),
        ),
        Mistake(
            "explained-variance-wrong",
            "the explained variance with the mean square of the targets in place of their variance",
            _with(whole=lambda c: np.mean(c.y_true**2)),
        ),
    ),
    example="case.y_pred, case.y_true",
)
