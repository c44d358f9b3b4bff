"""The clipped policy loss of PPO, ``-mean(min(r A, clip(r, 1 - eps, 1 + eps) A))``."""

from __future__ import annotations

import numpy as np

from rlprobe.checks.families.policies.ppo_terms import (
    CLIPS,
    PPO_OUTPUTS,
    by_gain,
    clipped,
    ppo_batches,
    ratio,
    reduced,
    right_gain,
    surrogate,
    table_of_pairs,
)
from rlprobe.checks.family import Family, Mistake, number, plain


def _allowed(function: str, output: str) -> bool:
    return not ("objective" in output and "loss" in function.lower())


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
    right=by_gain(right_gain),
    allowed=_allowed,
    cases=ppo_batches,
    strict=True,
    mistakes=(
        Mistake(
            "sign-flipped",
            "the loss with the opposite sign: descending it lowers the return",
            lambda c: {
                "the loss (negated, mean)": right_gain(c, c.advantages).mean(),
                "the loss of each row": right_gain(c, c.advantages),
                "the loss (negated, sum)": right_gain(c, c.advantages).sum(),
            },
        ),
        Mistake(
            "ppo-max-for-min",
            "the loss with the larger of the two terms, where PPO takes the smaller",
            by_gain(lambda c, a: np.maximum(ratio(c) * a, clipped(c, ratio(c)) * a)),
            "-torch.max(surr1, surr2)",
            "-torch.min(surr1, surr2)",
        ),
        Mistake(
            "ppo-max-for-min",
            "the loss with min over the negated terms: the larger gain of the two",
            lambda c: {
                "the loss (negated, mean)": np.minimum(
                    -ratio(c) * c.advantages, -clipped(c, ratio(c)) * c.advantages
                ).mean()
            },
        ),
        Mistake(
            "ppo-clip-missing",
            "the loss without the clip",
            by_gain(lambda c, a: ratio(c) * a),
            "-(ratio * advantages).mean()",
            "-torch.min(ratio * adv, ratio.clamp(1 - eps, 1 + eps) * adv).mean()",
        ),
        Mistake(
            "ppo-clip-missing",
            "the loss with the clipped term alone, without the minimum",
            by_gain(lambda c, a: clipped(c, ratio(c)) * a),
        ),
        Mistake(
            "ppo-clip-wrong",
            "the loss with the ratio clipped to -eps and eps",
            by_gain(lambda c, a: np.minimum(ratio(c) * a, np.clip(ratio(c), -c.clip, c.clip) * a)),
            "ratio.clamp(-eps, eps)",
            "ratio.clamp(1 - eps, 1 + eps)",
        ),
        Mistake(
            "ppo-clip-wrong",
            "the loss with the ratio clipped to 0 and 1 + eps",
            by_gain(lambda c, a: np.minimum(ratio(c) * a, np.clip(ratio(c), 0, 1 + c.clip) * a)),
        ),
        Mistake(
            "ppo-clip-wrong",
            "the loss with the ratio clipped to 1 - eps and 1",
            by_gain(lambda c, a: np.minimum(ratio(c) * a, np.clip(ratio(c), 1 - c.clip, 1) * a)),
        ),
        Mistake(
            "ppo-clip-wrong",
            "the loss with the product clipped, not the ratio",
            by_gain(lambda c, a: np.minimum(ratio(c) * a, np.clip(ratio(c) * a, 1 - c.clip, 1 + c.clip))),
        ),
        Mistake(
            "ppo-clip-wrong",
            "the loss whose clipped term is not multiplied by the advantage",
            by_gain(lambda c, a: np.minimum(ratio(c) * a, clipped(c, ratio(c)))),
        ),
        Mistake(
            "ratio-wrong",
            "the loss with the ratio upside down, old over new",
            by_gain(lambda c, a: surrogate(c, a, 1 / ratio(c))),
            "ratio = (old_log_prob - log_prob).exp()",
            "ratio = (log_prob - old_log_prob).exp()",
        ),
        Mistake(
            "ratio-wrong",
            "the loss with the difference of log-probabilities in place of the ratio: exp is missing",
            by_gain(lambda c, a: surrogate(c, a, np.log(ratio(c)))),
        ),
        Mistake(
            "ratio-wrong",
            "the loss with log-probabilities divided by each other",
            by_gain(lambda c, a: surrogate(c, a, c.log_probs / c.old_log_probs)),
        ),
        Mistake(
            "ratio-wrong",
            "the loss with a ratio of 1: the old log-probabilities are not used",
            by_gain(lambda c, a: surrogate(c, a, np.ones_like(a))),
        ),
        Mistake(
            "ratio-wrong", "the plain policy gradient -mean(log p A)", by_gain(lambda c, a: c.log_probs * a)
        ),
        Mistake(
            "loss-broadcast",
            "the loss over a table that pairs every ratio with every advantage: (N, 1) met (N,)",
            lambda c: reduced(table_of_pairs(c)),
            "log_probs.unsqueeze(1) - old_log_probs",
            "log_probs - old_log_probs  # both (N,)",
        ),
        Mistake(
            "loss-broadcast",
            "the loss over a table that pairs every new with every old log-probability: (N, 1) met (N,)",
            lambda c: reduced(
                surrogate(c, c.advantages[None], np.exp(c.log_probs[:, None] - c.old_log_probs[None]))
            ),
        ),
        Mistake(
            "loss-broadcast",
            "the loss over a table that pairs every new with every old log-probability: (N,) met (N, 1)",
            lambda c: reduced(
                surrogate(c, c.advantages[:, None], np.exp(c.log_probs[:, None] - c.old_log_probs[None]))
            ),
        ),
        Mistake(
            "ppo-means-first",
            "the smaller of the two means, where the mean of the smaller terms belongs",
            lambda c: {
                "the loss (negated, mean)": -min(
                    (ratio(c) * c.advantages).mean(), (clipped(c, ratio(c)) * c.advantages).mean()
                )
            },
            "-torch.min(surr1.mean(), surr2.mean())",
            "-torch.min(surr1, surr2).mean()",
        ),
        Mistake(
            "ppo-clip-wrong",
            "the loss with the ratio clipped from above only",
            by_gain(lambda c, a: np.minimum(ratio(c) * a, np.minimum(ratio(c), 1 + c.clip) * a)),
        ),
        Mistake(
            "ppo-clip-wrong",
            "the loss with the difference of log-probabilities clipped, not the ratio",
            by_gain(
                lambda c, a: np.minimum(ratio(c) * a, np.exp(np.clip(np.log(ratio(c)), -c.clip, c.clip)) * a)
            ),
        ),
        Mistake(
            "advantage-sign-lost",
            "the loss with the absolute advantage",
            by_gain(lambda c, a: surrogate(c, np.abs(a), ratio(c))),
            "advantages.abs()",
            "advantages",
        ),
    ),
    example="case.log_probs, case.old_log_probs, case.advantages, case.clip",
)
