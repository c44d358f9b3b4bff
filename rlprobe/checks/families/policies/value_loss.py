"""The clipped value loss of PPO."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.batches import REDUCED, reductions
from rlprobe.checks.families.policies.ppo_terms import CLIPS, ppo_batches
from rlprobe.checks.family import Family, Mistake, number, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs

VALUE_OUTPUTS = {f"{half}{name}": axes for half in ("", "half of ") for name, axes in REDUCED.items()}


def _square(rows: Any) -> Outputs:
    plain_ones = reductions(rows)
    return plain_ones | {f"half of {name}": 0.5 * value for name, value in plain_ones.items()}


def _near(c: Case) -> Any:
    return c.old_values + np.clip(c.values - c.old_values, -c.clip, c.clip)


def _two(c: Case, clipped: Any) -> tuple[Any, Any]:
    return (c.values - c.returns) ** 2, (clipped - c.returns) ** 2


def _mean_only(table: Any) -> Outputs:
    return {"the mean over the batch": table.mean(), "half of the mean over the batch": 0.5 * table.mean()}


def _larger(values: Any, near: Any, returns: Any) -> Any:
    return np.maximum((values - returns) ** 2, (near - returns) ** 2)


def _all_near(c: Case) -> Any:
    """Each new value clipped around every old one, ``(new, old)``."""
    return c.old_values[None] + np.clip(c.values[:, None] - c.old_values[None], -c.clip, c.clip)


TABLES: tuple[tuple[str, Callable[[Case], Any]], ...] = (
    ("value with every return", lambda c: _larger(c.values[:, None], _near(c)[:, None], c.returns[None])),
    (
        "new value with every old value and return",
        lambda c: _larger(c.values[:, None], _all_near(c), c.returns[None]),
    ),
    (
        "old value and return with every new value",
        lambda c: _larger(c.values[:, None], _all_near(c), c.returns[:, None]),
    ),
    (
        "old value with every new value and return",
        lambda c: _larger(c.values[None], _all_near(c).T, c.returns[None]),
    ),
)


def _mean_of(table: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    return lambda c: _mean_only(table(c))


CLIPPED_VALUE_LOSS = Family(
    name="clipped_value_loss",
    what="the clipped value loss, mean(max((V - G)^2, (clip(V, V_old - eps, V_old + eps) - G)^2))",
    words=(r"clip.*(value|vf|critic|v_).*", r"(value|vf|critic|v)_?(func\w*)?_?loss", r"(value|critic)"),
    roles=(
        plain(
            "values",
            "B",
            "value v new_values newvalue v_pred values_pred new_value value_preds pred vpred new_v vf predicted_values",
        ),
        plain(
            "old_values",
            "B",
            "v_old old_value old_v b_values values_old old_v_pred value_old old_vpred mb_values old_value_preds value_preds_batch v_old_pred prev_values",
        ),
        plain(
            "returns",
            "B",
            "ret rets return g targets target b_returns value_targets return_batch vtarg mb_returns value_target",
        ),
        number(
            "clip",
            "eps epsilon clip_range clip_range_vf clip_eps clip_coef clip_ratio vf_clip clip_param cliprange eps_clip vf_clip_param value_clip cliprange_value clip_value clip_vf",
            CLIPS,
        ),
    ),
    needs=(frozenset({"values"}), frozenset({"old_values"}), frozenset({"returns"})),
    outputs=VALUE_OUTPUTS,
    right=lambda c: _square(np.maximum(*_two(c, _near(c)))),
    cases=ppo_batches,
    strict=True,
    mistakes=(
        Mistake(
            "value-clip-min",
            "the loss with the smaller of the two errors, where the larger belongs",
            lambda c: _square(np.minimum(*_two(c, _near(c)))),
            "torch.min(loss, loss_clipped)",
            "torch.max(loss, loss_clipped)",
        ),
        Mistake(
            "value-clip-missing",
            "the loss without the clip",
            lambda c: _square(_two(c, _near(c))[0]),
            "(values - returns) ** 2",
            "torch.max(loss, loss_clipped)",
        ),
        Mistake(
            "value-clip-missing",
            "the clipped error alone, without the maximum",
            lambda c: _square(_two(c, _near(c))[1]),
        ),
        Mistake(
            "value-clip-wrong",
            "the loss with the old values clipped around the new ones",
            lambda c: _square(
                np.maximum(*_two(c, c.values + np.clip(c.old_values - c.values, -c.clip, c.clip)))
            ),
            "values + (old_values - values).clamp(-eps, eps)",
            "old_values + (values - old_values).clamp(-eps, eps)",
        ),
        Mistake(
            "value-clip-wrong",
            "the loss with the values clipped to -eps and eps",
            lambda c: _square(np.maximum(*_two(c, np.clip(c.values, -c.clip, c.clip)))),
        ),
        Mistake(
            "value-clip-wrong",
            "the loss with the change alone: the old value is not added back",
            lambda c: _square(np.maximum(*_two(c, np.clip(c.values - c.old_values, -c.clip, c.clip)))),
        ),
        Mistake(
            "value-clip-wrong",
            "the loss with the values clipped around the returns",
            lambda c: _square(
                np.maximum(*_two(c, c.returns + np.clip(c.values - c.returns, -c.clip, c.clip)))
            ),
        ),
        Mistake(
            "value-clip-wrong",
            "the loss with the values clipped to 1 - eps and 1 + eps times the old ones",
            lambda c: _square(
                np.maximum(
                    *_two(
                        c,
                        np.clip(
                            c.values,
                            np.minimum(c.old_values * (1 - c.clip), c.old_values * (1 + c.clip)),
                            np.maximum(c.old_values * (1 - c.clip), c.old_values * (1 + c.clip)),
                        ),
                    )
                )
            ),
        ),
        Mistake(
            "value-clip-wrong",
            "the loss with the values clipped to 1 - eps and 1 + eps",
            lambda c: _square(np.maximum(*_two(c, np.clip(c.values, 1 - c.clip, 1 + c.clip)))),
        ),
        Mistake(
            "value-clip-wrong",
            "the loss in which the old values take the place of the returns",
            lambda c: _square(np.maximum((c.values - c.returns) ** 2, (_near(c) - c.old_values) ** 2)),
        ),
        Mistake(
            "value-loss-not-squared",
            "the loss with absolute errors",
            lambda c: _square(np.sqrt(np.maximum(*_two(c, _near(c))))),
            "(values - returns).abs()",
            "(values - returns) ** 2",
        ),
        Mistake(
            "sign-flipped",
            "the loss with the opposite sign",
            lambda c: _square(-np.maximum(*_two(c, _near(c)))),
        ),
        Mistake(
            "value-clip-missing", "the sum of both errors", lambda c: _square(np.add(*_two(c, _near(c))))
        ),
        *(
            Mistake(
                "loss-broadcast",
                f"the loss over a table that pairs every {pair}: (N, 1) met (N,)",
                _mean_of(tables),
                "values.unsqueeze(1) - returns",
                "values - returns  # both (N,)",
            )
            for pair, tables in TABLES
        ),
        Mistake(
            "value-clip-wrong",
            "the loss with the ratio of new to old values clipped",
            lambda c: _square(
                np.maximum(*_two(c, c.old_values * np.clip(c.values / c.old_values, 1 - c.clip, 1 + c.clip)))
            ),
        ),
        Mistake(
            "value-loss-means-first",
            "the larger of the two means, where the mean of the larger errors belongs",
            lambda c: {
                "half of the mean over the batch": 0.5 * max(e.mean() for e in _two(c, _near(c))),
                "the mean over the batch": max(e.mean() for e in _two(c, _near(c))),
            },
            "torch.max(loss.mean(), loss_clipped.mean())",
            "torch.max(loss, loss_clipped).mean()",
        ),
    ),
    example="case.values, case.old_values, case.returns, case.clip",
)
