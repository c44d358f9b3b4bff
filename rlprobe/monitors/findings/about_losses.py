"""Findings on what losses are made of."""

from __future__ import annotations

from typing import Final

from rlprobe.monitors.findings.kind import FindingKind

GRAPH: Final = (
    "Read from the graph of the loss, as torch keeps it for the gradient; the same in each loss that was "
    "looked at."
)
LOSSES: Final[tuple[FindingKind, ...]] = (
    FindingKind(
        "shapes-broadcast", "updates", ("look",),
        "N numbers of one shape and N of another became N x N in a loss.",
        "`(N, 1)` beside `(N,)` compares every sample with every other: a critic then learns the mean of its "
        "targets, and a policy the mean advantage.",
        GRAPH,
        "`squeeze(-1)` or `flatten()` on values, targets, log-probabilities and advantages before the loss",
        ("Decoder", "ContextBandit"),
    ),
    FindingKind(
        "gradients-never-cleared", "updates", ("look",),
        "Gradients of earlier losses are still there when the next are added.",
        "Every step then goes along the sum of all gradients since the start, and overshoots.",
        "In each of the pairs of steps of one optimizer that were looked at; a loop that accumulates over a "
        "few losses clears them after its step.",
        "`optimizer.zero_grad()` before `loss.backward()`",
        ("Constant", "Decoder"), "update_ratio",
    ),
    FindingKind(
        "softmax-twice", "policy", ("look",), "A softmax is taken of probabilities.",
        "Probabilities lie between 0 and 1, so the second softmax can never prefer an action by more than a "
        "factor of 2.7.",
        GRAPH,
        "`Categorical(logits=...)`, `cross_entropy` and `log_softmax` take what the last layer says, "
        "without a softmax; `Categorical(probs=...)` takes probabilities",
        ("ContextBandit", "ActionOrder"), "entropy",
    ),
    FindingKind(
        "only-the-largest-is-trained", "critic", ("look",),
        "Of the values of the actions, only the largest enters the loss.",
        "The value of the action that was taken is to be moved to the target, whichever is the largest now.",
        GRAPH,
        "`gather(1, actions)` on the side that is trained; `max` belongs on the side of the target",
        ("ContextBandit", "MaxNotMean"),
    ),
    FindingKind(
        "actor-lowers-the-value", "policy", ("look",),
        "The actor is trained to lower the values of its actions.",
        "Then it seeks the action that the critic holds for the worst.",
        GRAPH + " Right only where the critic holds costs.",
        "the sign of the loss of the actor: `-critic(observations, actor(observations)).mean()`",
        ("BoxTarget",),
    ),
    FindingKind(
        "entropy-is-punished", "policy", ("look",), "The loss rises with the entropy of the policy.",
        "A bonus for entropy keeps an agent trying; with the wrong sign it makes it give up other actions.",
        GRAPH,
        "the sign of the entropy term: `loss = policy_loss - coefficient * entropy`",
        ("ContextBandit", "ActionOrder"), "entropy",
    ),
)  # fmt: skip
