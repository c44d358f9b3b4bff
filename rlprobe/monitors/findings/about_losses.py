"""Findings on what losses are made of."""

from __future__ import annotations

from typing import Final

from rlprobe.monitors.findings.kind import FindingKind

GRAPH: Final = "Read from torch's graph of the loss, and true of every loss that was examined."
LOSSES: Final[tuple[FindingKind, ...]] = (
    FindingKind(
        "shapes-broadcast", "updates", ("look",),
        "In a loss, shapes `(N, 1)` and `(N,)` broadcast to `(N, N)`.",
        "Every sample is then compared with every other one. A critic learns the mean of its targets, and a "
        "policy the mean advantage.",
        GRAPH,
        "`squeeze(-1)` or `flatten()` on values, targets, log-probabilities and advantages before the loss",
        ("Decoder", "ContextBandit"),
    ),
    FindingKind(
        "gradients-never-cleared", "updates", ("look",),
        "Gradients are not cleared before the next ones are added.",
        "Every step then follows the sum of all gradients since the start, and overshoots.",
        "True between every two steps of the optimizer that were examined. Accumulation over a few losses "
        "is no alarm, if the gradients are cleared after the step.",
        "`optimizer.zero_grad()` before `loss.backward()`",
        ("Constant", "Decoder"), "update_ratio",
    ),
    FindingKind(
        "softmax-twice", "policy", ("look",), "Softmax is applied to probabilities.",
        "Probabilities are between 0 and 1. After a second softmax, no action is more than 2.7 times as "
        "probable as another.",
        GRAPH,
        "where probabilities are computed: `Categorical(logits=...)`, `cross_entropy` and `log_softmax` "
        "need the output of the last layer without a softmax; `Categorical(probs=...)` needs probabilities",
        ("ContextBandit", "ActionOrder"), "entropy",
    ),
    FindingKind(
        "only-the-largest-is-trained", "critic", ("look",),
        "The loss trains the largest action value, not that of the action taken.",
        "The target belongs to the action that was taken. The largest value may be that of another action.",
        GRAPH,
        "the prediction in the loss: `gather(1, actions)`; `max` belongs in the target",
        ("ContextBandit", "MaxNotMean"),
    ),
    FindingKind(
        "actor-lowers-the-value", "policy", ("look",),
        "The actor is trained to lower the values of its actions.",
        "It then learns the action that the critic thinks worst.",
        GRAPH + " Correct only if the critic learns costs in place of returns.",
        "the sign of the actor loss: `-critic(observations, actor(observations)).mean()`",
        ("BoxTarget",),
    ),
    FindingKind(
        "entropy-is-punished", "policy", ("look",), "The loss grows with the entropy of the policy.",
        "An entropy bonus keeps the agent exploring. With the wrong sign, it makes the agent stop exploring.",
        GRAPH,
        "the sign of the entropy term: `loss = policy_loss - coefficient * entropy`",
        ("ContextBandit", "ActionOrder"), "entropy",
    ),
)  # fmt: skip
