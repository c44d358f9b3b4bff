"""The clipped losses of PPO, and normalised advantages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.batches import REDUCED, batches, reductions
from rlprobe.checks.families.rollouts.rollout import rollout
from rlprobe.checks.family import Family, Mistake, Role, Variant, number, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs

AXES = {
    "log_probs": "B",
    "old_log_probs": "B",
    "advantages": "B",
    "values": "B",
    "old_values": "B",
    "returns": "B",
}
CLIPS = (0.2, 0.1, 0.3, 0.25)


def _make(random: np.random.Generator, rows: int) -> dict[str, Any]:
    old = random.normal(size=rows) - 1.5
    before = random.normal(size=rows) * 2
    return {
        "log_probs": old + random.normal(size=rows) * 0.4,
        "old_log_probs": old,
        "advantages": random.normal(size=rows) * 2 + 0.7,
        "values": before + random.normal(size=rows) * 0.5,
        "old_values": before,
        "returns": before + random.normal(size=rows) * 1.2,
        "clip": round(float(random.uniform(0.1, 0.35)), 2),
    }


def _cases() -> Iterator[Case]:
    some = np.array([-1.0, -2.0, -0.5, -1.5])
    edges = {
        "a ratio of 1": {"log_probs": some, "old_log_probs": some},
        "large ratios": {
            "log_probs": some + 2,
            "old_log_probs": some,
            "advantages": np.array([1.0, -1.0, 2.0, -2.0]),
        },
        "small ratios": {
            "log_probs": some - 2,
            "old_log_probs": some,
            "advantages": np.array([1.0, -1.0, 2.0, -2.0]),
        },
    }
    return batches(
        _make,
        AXES,
        {"ratio": _ratio, "log_ratio": lambda c: c.log_probs - c.old_log_probs},
        edges,
        smallest=2,
    )


def _ratio(c: Case) -> Any:
    return np.exp(c.log_probs - c.old_log_probs)


def _normal(x: Any, ddof: int) -> Any:
    return (x - x.mean()) / (x.std(ddof=ddof) + 1e-8)


PPO_OUTPUTS = {
    "the loss (negated, mean)": "",
    "the objective (to be maximised)": "",
    "the loss of each row": "B",
    "the objective of each row": "B",
    "the loss (negated, sum)": "",
    "the loss, advantages normalised inside": "",
    "the loss, advantages normalised inside by the population deviation": "",
    "clip fraction": "",
    "ratio": "B",
}


def _clipped(c: Case, ratio: Any) -> Any:
    return np.clip(ratio, 1 - c.clip, 1 + c.clip)


def _surrogate(c: Case, advantages: Any, ratio: Any) -> Any:
    return np.minimum(ratio * advantages, _clipped(c, ratio) * advantages)


def _losses(gain: Callable[[Case, Any], Any], c: Case) -> Outputs:
    rows = gain(c, c.advantages)
    ratio = _ratio(c)
    inside = [-gain(c, _normal(c.advantages, ddof)).mean() for ddof in (1, 0)]
    parts = (
        -rows.mean(),
        rows.mean(),
        -rows,
        rows,
        -rows.sum(),
        *inside,
        (np.abs(ratio - 1) > c.clip).mean(),
        ratio,
    )
    return dict(zip(PPO_OUTPUTS, parts, strict=True))


def _by(gain: Callable[[Case, Any], Any]) -> Callable[[Case], Outputs]:
    return lambda c: _losses(gain, c)


def _right_gain(c: Case, advantages: Any) -> Any:
    return _surrogate(c, advantages, _ratio(c))


def _allowed(function: str, output: str) -> bool:
    return not ("objective" in output and "loss" in function.lower())


def _only_loss(sign: float) -> Callable[[Case], Outputs]:
    return lambda c: {name: sign * value for name, value in _losses(_right_gain, c).items() if "loss" in name}


PPO_LOSS = Family(
    name="ppo_loss",
    what="the clipped loss of PPO, -mean(min(r A, clip(r, 1 - eps, 1 + eps) A))",
    words=(
        r"ppo.*loss",
        r"clip.*(surrogate|policy|pg|actor).*",
        r"(surrogate|policy|pg|actor|clip).*(loss|objective)",
        r"ppo",
    ),
    roles=(
        plain(
            "log_probs",
            "B",
            "logp log_prob new_log_probs new_logp logprobs newlogprob new_logprobs log_prob_new logp_new log_pi curr_log_probs logprob log_probs_new action_log_probs new_log_prob new_logprob pi_logp lp current_log_probs",
        ),
        plain(
            "old_log_probs",
            "B",
            "logp_old old_logp old_log_prob old_logprobs oldlogprob log_prob_old logprobs_old b_logprobs log_probs_old old_logprob behaviour_log_probs old_action_log_probs old_lp lp_old mb_logprobs behavior_log_probs fixed_log_probs",
        ),
        plain("advantages", "B", "adv advs advantage a gae mb_advantages advantage_estimates"),
        plain("ratio", "B", "r rho ratios prob_ratio importance_ratio probs_ratio prob_ratios rt"),
        plain("log_ratio", "B", "logratio log_ratios"),
        number(
            "clip",
            "eps epsilon clip_range clip_eps clip_coef clip_ratio clip_param eps_clip cliprange clip_epsilon ppo_clip clip_value e_clip",
            CLIPS,
        ),
    ),
    needs=(frozenset({"advantages"}), frozenset({"log_probs", "ratio", "log_ratio"})),
    outputs=PPO_OUTPUTS,
    extras=frozenset({"clip fraction", "ratio"}),
    right=_by(_right_gain),
    allowed=_allowed,
    cases=_cases,
    strict=True,
    mistakes=(
        Mistake(
            "sign-flipped",
            "the loss with the opposite sign: descending it lowers the return",
            lambda c: {
                "the loss (negated, mean)": _right_gain(c, c.advantages).mean(),
                "the loss of each row": _right_gain(c, c.advantages),
                "the loss (negated, sum)": _right_gain(c, c.advantages).sum(),
            },
        ),
        Mistake(
            "ppo-max-for-min",
            "the loss with the larger of the two terms, where PPO takes the smaller",
            _by(lambda c, a: np.maximum(_ratio(c) * a, _clipped(c, _ratio(c)) * a)),
            "-torch.max(surr1, surr2)",
            "-torch.min(surr1, surr2)",
        ),
        Mistake(
            "ppo-max-for-min",
            "the loss with min over the negated terms: the larger gain of the two",
            lambda c: {
                "the loss (negated, mean)": np.minimum(
                    -_ratio(c) * c.advantages, -_clipped(c, _ratio(c)) * c.advantages
                ).mean()
            },
        ),
        Mistake(
            "ppo-clip-missing",
            "the loss without the clip",
            _by(lambda c, a: _ratio(c) * a),
            "-(ratio * advantages).mean()",
            "-torch.min(ratio * adv, ratio.clamp(1 - eps, 1 + eps) * adv).mean()",
        ),
        Mistake(
            "ppo-clip-missing",
            "the loss with the clipped term alone, without the minimum",
            _by(lambda c, a: _clipped(c, _ratio(c)) * a),
        ),
        Mistake(
            "ppo-clip-wrong",
            "the loss with the ratio clipped to -eps and eps",
            _by(lambda c, a: np.minimum(_ratio(c) * a, np.clip(_ratio(c), -c.clip, c.clip) * a)),
            "ratio.clamp(-eps, eps)",
            "ratio.clamp(1 - eps, 1 + eps)",
        ),
        Mistake(
            "ppo-clip-wrong",
            "the loss with the ratio clipped to 0 and 1 + eps",
            _by(lambda c, a: np.minimum(_ratio(c) * a, np.clip(_ratio(c), 0, 1 + c.clip) * a)),
        ),
        Mistake(
            "ppo-clip-wrong",
            "the loss with the ratio clipped to 1 - eps and 1",
            _by(lambda c, a: np.minimum(_ratio(c) * a, np.clip(_ratio(c), 1 - c.clip, 1) * a)),
        ),
        Mistake(
            "ppo-clip-wrong",
            "the loss with the product clipped, not the ratio",
            _by(lambda c, a: np.minimum(_ratio(c) * a, np.clip(_ratio(c) * a, 1 - c.clip, 1 + c.clip))),
        ),
        Mistake(
            "ppo-clip-wrong",
            "the loss whose clipped term is not multiplied by the advantage",
            _by(lambda c, a: np.minimum(_ratio(c) * a, _clipped(c, _ratio(c)))),
        ),
        Mistake(
            "ratio-wrong",
            "the loss with the ratio upside down, old over new",
            _by(lambda c, a: _surrogate(c, a, 1 / _ratio(c))),
            "ratio = (old_log_prob - log_prob).exp()",
            "ratio = (log_prob - old_log_prob).exp()",
        ),
        Mistake(
            "ratio-wrong",
            "the loss with the difference of log-probabilities in place of the ratio: exp is missing",
            _by(lambda c, a: _surrogate(c, a, np.log(_ratio(c)))),
        ),
        Mistake(
            "ratio-wrong",
            "the loss with log-probabilities divided by each other",
            _by(lambda c, a: _surrogate(c, a, c.log_probs / c.old_log_probs)),
        ),
        Mistake(
            "ratio-wrong",
            "the loss with a ratio of 1: the old log-probabilities are not used",
            _by(lambda c, a: _surrogate(c, a, np.ones_like(a))),
        ),
        Mistake("ratio-wrong", "the plain policy gradient -mean(log p A)", _by(lambda c, a: c.log_probs * a)),
        Mistake(
            "advantage-sign-lost",
            "the loss with the absolute advantage",
            _by(lambda c, a: _surrogate(c, np.abs(a), _ratio(c))),
            "advantages.abs()",
            "advantages",
        ),
    ),
    example="case.log_probs, case.old_log_probs, case.advantages, case.clip",
)

VALUE_OUTPUTS = {f"{half}{name}": axes for half in ("", "half of ") for name, axes in REDUCED.items()}


def _square(rows: Any) -> Outputs:
    plain_ones = reductions(rows)
    return plain_ones | {f"half of {name}": 0.5 * value for name, value in plain_ones.items()}


def _near(c: Case) -> Any:
    return c.old_values + np.clip(c.values - c.old_values, -c.clip, c.clip)


def _two(c: Case, clipped: Any) -> tuple[Any, Any]:
    return (c.values - c.returns) ** 2, (clipped - c.returns) ** 2


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
    cases=_cases,
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
