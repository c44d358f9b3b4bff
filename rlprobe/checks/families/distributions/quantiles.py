"""Quantile regression: the Huber loss of every pair of a predicted and a target quantile, weighted by ``|tau - 1[u < 0]|``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.batches import batches
from rlprobe.checks.family import Family, Mistake, Role, Variant, number, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs

AXES = {"quantiles": "BK", "targets": "BM"}
DERIVED: dict[str, Callable[[Case], Any]] = {
    "taus": lambda c: (np.arange(c.quantiles.shape[1]) + 0.5) / c.quantiles.shape[1],
    "tau_row": lambda c: np.broadcast_to(c.taus, c.quantiles.shape),
}
REDUCTIONS: dict[str, Callable[[Any], Any]] = {
    "mean over everything": lambda x: x.mean(),
    "sum over predicted quantiles, mean over targets and batch": lambda x: x.mean(axis=2).sum(axis=1).mean(),
    "sum over targets, mean over predicted quantiles and batch": lambda x: x.sum(axis=2).mean(axis=1).mean(),
    "sum over both, mean over the batch": lambda x: x.sum(axis=(1, 2)).mean(),
    "sum over everything": lambda x: x.sum(),
    "mean for each row": lambda x: x.mean(axis=(1, 2)),
    "sum over predicted quantiles, mean over targets, for each row": lambda x: x.mean(axis=2).sum(axis=1),
    "sum over targets, mean over predicted quantiles, for each row": lambda x: x.sum(axis=2).mean(axis=1),
    "sum over both, for each row": lambda x: x.sum(axis=(1, 2)),
}
OUTPUTS = {
    f"{name}{suffix}": "B" if "row" in name else ""
    for suffix in ("", ", divided by kappa")
    for name in REDUCTIONS
}


def _make(random: np.random.Generator, rows: int) -> dict[str, Any]:
    count = 3 if rows == 7 else int(random.integers(2, 5))
    return {
        "quantiles": np.round(random.normal(size=(rows, count)) * 1.5, 2),
        "targets": np.round(random.normal(size=(rows, count)) * 1.5 + 0.3, 2),
        "kappa": 1.0 if rows % 2 else round(float(random.uniform(0.5, 1.5)), 2),
    }


def _cases() -> Iterator[Case]:
    return batches(_make, AXES, DERIVED)


def _huber(u: Any, kappa: float) -> Any:
    size = np.abs(u)
    return np.where(size <= kappa, 0.5 * u**2, kappa * (size - 0.5 * kappa))


def _pairs(c: Case) -> Any:
    return c.targets[:, None, :] - c.quantiles[:, :, None]


def _weight(c: Case, u: Any) -> Any:
    return np.abs(c.taus[None, :, None] - (u < 0))


def _outputs(x: Any, kappa: float) -> Outputs:
    plain_ones = {name: reduce(x) for name, reduce in REDUCTIONS.items()}
    return plain_ones | {f"{name}, divided by kappa": value / kappa for name, value in plain_ones.items()}


def _loss(c: Case, **wrong: Any) -> Outputs:
    u = wrong.get("u", _pairs(c))
    return _outputs(wrong.get("weight", _weight(c, u)) * wrong.get("huber", _huber(u, c.kappa)), c.kappa)


def _with(**wrong: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    return lambda c: _loss(c, **{name: change(c) for name, change in wrong.items()})


def _tau(values: Callable[[int], Any]) -> Callable[[Case], Any]:
    return lambda c: np.abs(values(c.quantiles.shape[1])[None, :, None] - (_pairs(c) < 0))


def _by_row(c: Case) -> Any:
    u = (c.targets - c.quantiles)[:, :, None]
    return np.abs(c.taus[None, :, None] - (u < 0)) * _huber(u, c.kappa)


TAUS = (
    Variant(lambda c: c.taus, "K"),
    Variant(lambda c: c.taus[None], "1K", "`{name}` has shape (1, K)"),
    Variant(lambda c: c.taus[:, None], "K1", "`{name}` has shape (K, 1)"),
    Variant(lambda c: c.taus[None, :, None], "1K1", "`{name}` has shape (1, K, 1)"),
)
QUANTILE_HUBER = Family(
    name="quantile_huber",
    what="quantile Huber loss, mean of |tau - 1[u < 0]| L_kappa(u) over all pairs u = target - quantile",
    words=(r"quantile.*(huber|loss|regression)", r"huber", r"quantile", r"qr_?dqn"),
    roles=(
        Role(
            "quantiles",
            "current_quantiles theta pred prediction predictions predicted_quantiles current quantile preds predicted q pred_quantiles z quantile_values dist_src online_quantiles current_quantile",
            (
                Variant(lambda c: c.quantiles, "BK"),
                Variant(
                    lambda c: c.quantiles[:, None], "B1K", "`{name}` has an axis for networks, (B, 1, K)"
                ),
            ),
        ),
        plain(
            "targets",
            "BM",
            "target_quantiles target target_theta target_quantile next_quantiles t_theta target_values z_target target_z theta_target tz samples dist_target target_samples",
        ),
        Role(
            "taus",
            "tau cum_prob tau_hat quantile_fractions taus_hat midpoints fractions tau_hats quantile_midpoints",
            TAUS,
        ),
        plain("tau_row", "BK", "taus tau tau_hat tau_src"),
        number("kappa", "k huber_param huber_threshold threshold delta huber_kappa", (1.0,)),
    ),
    needs=(frozenset({"quantiles"}), frozenset({"targets"})),
    outputs=OUTPUTS,
    right=_loss,
    cases=_cases,
    strict=True,
    mistakes=(
        Mistake(
            "quantile-weight-reversed",
            "the loss with the weights reversed: |tau - 1[u > 0]|",
            _with(weight=lambda c: np.abs(c.taus[None, :, None] - (_pairs(c) > 0))),
            "(tau - (u > 0).float()).abs()",
            "(tau - (u < 0).float()).abs()",
        ),
        Mistake(
            "quantile-weight-reversed", "the loss with u = quantile - target", _with(u=lambda c: -_pairs(c))
        ),
        Mistake(
            "quantile-weight-missing",
            "the Huber loss without the weights of the quantiles",
            _with(weight=lambda _: 1.0),
            "huber.mean()",
            "((tau - (u < 0).float()).abs() * huber).mean()",
        ),
        Mistake(
            "quantile-weight-missing",
            "the loss with tau alone as the weight",
            _with(weight=lambda c: c.taus[None, :, None]),
        ),
        Mistake(
            "quantile-weight-signed",
            "the loss without the absolute value: weights can be negative",
            _with(weight=lambda c: c.taus[None, :, None] - (_pairs(c) < 0)),
            "(tau - (u < 0).float()) * huber",
            "(tau - (u < 0).float()).abs() * huber",
        ),
        Mistake(
            "quantile-midpoints",
            "the loss with tau = i / N in place of the midpoints",
            _with(weight=_tau(lambda n: np.arange(n) / n)),
            "tau = torch.arange(N) / N",
            "tau = (torch.arange(N) + 0.5) / N",
        ),
        Mistake(
            "quantile-midpoints",
            "the loss with tau = (i + 1) / N in place of the midpoints",
            _with(weight=_tau(lambda n: (np.arange(n) + 1) / n)),
        ),
        Mistake(
            "quantile-midpoints",
            "the loss with tau from 0 to 1 evenly",
            _with(weight=_tau(lambda n: np.linspace(0, 1, n))),
        ),
        Mistake(
            "quantiles-not-paired",
            "the loss of each quantile with the target of its own index only",
            lambda c: _outputs(_by_row(c), c.kappa),
            "target - quantiles",
            "target[:, None, :] - quantiles[:, :, None]",
        ),
        Mistake(
            "quantile-axes-swapped",
            "the loss with the weights along the targets, not along the predicted quantiles",
            _with(weight=lambda c: np.abs(c.taus[None, None, :] - (_pairs(c) < 0))),
            "tau[None, None, :]",
            "tau[None, :, None]",
        ),
        Mistake(
            "huber-wrong",
            "the loss with squared errors in place of Huber",
            _with(huber=lambda c: _pairs(c) ** 2),
            "u ** 2",
            "where(|u| <= kappa, 0.5 * u**2, kappa * (|u| - 0.5 * kappa))",
        ),
        Mistake(
            "huber-wrong",
            "the loss with half squared errors in place of Huber",
            _with(huber=lambda c: 0.5 * _pairs(c) ** 2),
        ),
        Mistake(
            "huber-wrong",
            "the loss with absolute errors in place of Huber",
            _with(huber=lambda c: np.abs(_pairs(c))),
        ),
        Mistake(
            "huber-wrong",
            "the loss whose Huber part has no 1/2 in the squared range",
            _with(
                huber=lambda c: np.where(
                    np.abs(_pairs(c)) <= c.kappa,
                    _pairs(c) ** 2,
                    c.kappa * (np.abs(_pairs(c)) - 0.5 * c.kappa),
                )
            ),
        ),
        Mistake(
            "huber-wrong",
            "the loss whose Huber part has no -kappa / 2 in the linear range",
            _with(
                huber=lambda c: np.where(
                    np.abs(_pairs(c)) <= c.kappa, 0.5 * _pairs(c) ** 2, c.kappa * np.abs(_pairs(c))
                )
            ),
        ),
        Mistake(
            "huber-wrong",
            "the loss with the ranges of Huber exchanged",
            _with(
                huber=lambda c: np.where(
                    np.abs(_pairs(c)) > c.kappa,
                    0.5 * _pairs(c) ** 2,
                    c.kappa * (np.abs(_pairs(c)) - 0.5 * c.kappa),
                )
            ),
        ),
        Mistake(
            "sign-flipped",
            "the loss with the opposite sign",
            _with(huber=lambda c: -_huber(_pairs(c), c.kappa)),
        ),
    ),
    example="case.quantiles, case.targets",
)
