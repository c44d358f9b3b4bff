"""Identities of divergences, entropies and densities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.evidence.identity import Identity, same

if TYPE_CHECKING:
    from rlprobe.checks.case import Case
    from rlprobe.checks.evidence.identity import Asked

ROWS = "one value for each row"
MEAN = "the mean over the batch"
LOG_2 = np.log(2.0)


def _itself(case: Case) -> Case:
    names = ("logits", "mean", "log_std")
    return case.change(**{f"q_{n}": case.data[n] for n in names if n in case.data})


def _is_zero(found: Any) -> bool:
    return same(found, 0.0 * np.asarray(found))


def _never_negative(asked: Asked, case: Case) -> bool:
    return bool((np.asarray(asked(case)) >= -1e-5).all())


KL = (
    Identity("the divergence of a distribution from itself is 0", lambda f, c: _is_zero(f(_itself(c)))),
    Identity("a divergence is never negative", _never_negative, output=ROWS),
    Identity("a mean divergence is never negative", _never_negative, output=MEAN),
)
CATEGORICAL_ENTROPY = (
    Identity(
        "the entropy of n equally likely actions is log n",
        lambda f, c: same(
            f(c.change(logits=0.0 * c.logits)), np.full(c.sizes["B"], np.log(c.logits.shape[1]))
        ),
        output=ROWS,
    ),
    Identity("the entropy of actions is never negative", _never_negative, output=ROWS),
)
GAUSSIAN_ENTROPY = (
    Identity(
        "twice the deviation adds log 2 for each component of the action",
        lambda f, c: same(f(c.change(log_std=c.log_std + LOG_2)), f(c) + c.log_std.shape[1] * LOG_2),
        output=ROWS,
    ),
    Identity(
        "the entropy is the mean of -log p over samples, by quadrature",
        lambda f, c: same(f(c), _entropy(c)),
        output=ROWS,
    ),
)


def _entropy(case: Case) -> Any:
    points, weights = np.linspace(-8.0, 8.0, 801), 16.0 / 800
    density = np.exp(-0.5 * points**2) / np.sqrt(2 * np.pi)
    alone = -(weights * density * np.log(density)).sum()
    return (alone + case.log_std).sum(axis=1)


def _integrates(asked: Asked, case: Case) -> bool:
    """One component; the density of the squashed action, integrated over the action before tanh."""
    log_std = np.clip(case.log_std[:1, :1], -1.2, -0.2)
    mean = np.clip(case.mean[:1, :1], -0.5, 0.5)
    points, weights = np.linspace(-6.0, 6.0, 601), 12.0 / 600
    raw = mean + np.exp(log_std) * points[:, None]
    many = case.change(
        mean=mean + 0 * raw, log_std=log_std + 0 * raw, q_mean=raw, q_log_std=0 * raw, raw_action=raw
    )
    found = asked(many)
    slope = (1 - np.tanh(raw[:, 0]) ** 2) * np.exp(log_std[0, 0])
    inside = np.abs(raw[:, 0]) < 4.0
    total = (np.exp(found) * slope * weights)[inside].sum()
    return bool(abs(total - 1.0) < 0.02)


TANH = (Identity("the density of the action integrates to 1, by quadrature", _integrates, output=ROWS),)
