"""The clipped policy loss of PPO, ``-mean(min(r A, clip(r, 1 - eps, 1 + eps) A))``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.batches import batches
from rlprobe.checks.family import Family, Mistake, number, plain

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


def ppo_batches() -> Iterator[Case]:
    """Batches of a PPO update."""
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


def _table(c: Case) -> Any:
    return _surrogate(c, c.advantages[None], _ratio(c)[:, None])


def _reduced(table: Any) -> Outputs:
    return {
        "the loss (negated, mean)": -table.mean(),
        "the objective (to be maximised)": table.mean(),
        "the loss (negated, sum)": -table.sum(),
    }


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
        plain("advantages", "B", "adv advs advantage a gae mb_advantages advantage_estimates adv_t"),
        plain(
            "ratio", "B", "r rho ratios prob_ratio importance_ratio probs_ratio prob_ratios rt prob_ratios_t"
        ),
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
    cases=ppo_batches,
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
            "loss-broadcast",
            "the loss over a table that pairs every ratio with every advantage: (N, 1) met (N,)",
            lambda c: _reduced(_table(c)),
            "log_probs.unsqueeze(1) - old_log_probs",
            "log_probs - old_log_probs  # both (N,)",
        ),
        Mistake(
            "loss-broadcast",
            "the loss over a table that pairs every new with every old log-probability: (N, 1) met (N,)",
            lambda c: _reduced(
                _surrogate(c, c.advantages[None], np.exp(c.log_probs[:, None] - c.old_log_probs[None]))
            ),
        ),
        Mistake(
            "loss-broadcast",
            "the loss over a table that pairs every new with every old log-probability: (N,) met (N, 1)",
            lambda c: _reduced(
                _surrogate(c, c.advantages[:, None], np.exp(c.log_probs[:, None] - c.old_log_probs[None]))
            ),
        ),
        Mistake(
            "ppo-means-first",
            "the smaller of the two means, where the mean of the smaller terms belongs",
            lambda c: {
                "the loss (negated, mean)": -min(
                    (_ratio(c) * c.advantages).mean(), (_clipped(c, _ratio(c)) * c.advantages).mean()
                )
            },
            "-torch.min(surr1.mean(), surr2.mean())",
            "-torch.min(surr1, surr2).mean()",
        ),
        Mistake(
            "ppo-clip-wrong",
            "the loss with the ratio clipped from above only",
            _by(lambda c, a: np.minimum(_ratio(c) * a, np.minimum(_ratio(c), 1 + c.clip) * a)),
        ),
        Mistake(
            "ppo-clip-wrong",
            "the loss with the difference of log-probabilities clipped, not the ratio",
            _by(
                lambda c, a: np.minimum(
                    _ratio(c) * a, np.exp(np.clip(np.log(_ratio(c)), -c.clip, c.clip)) * a
                )
            ),
        ),
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
