"""Findings on gradients and steps of optimizers."""

from __future__ import annotations

from typing import Final

from rlprobe.monitors.findings.kind import FindingKind

OWN_RUNS = "No range is published. Healthy runs of our own never left this one."
UPDATES: Final[tuple[FindingKind, ...]] = (
    FindingKind(
        "gradient-not-finite", "updates", ("broken",), "A gradient was NaN or infinite.",
        "The next step of the optimizer makes every weight NaN, and nothing is learned from then on.",
        "Every gradient must be finite.",
        "the named module: a logarithm or root of 0, a division by a standard deviation of 0, a reward or "
        "observation that is NaN",
        ("Constant", "RewardSet"), "gradient_norm",
    ),
    FindingKind(
        "parameters-without-optimizer", "updates", ("broken",),
        "Parameters get gradients, but are in no optimizer.",
        "A loss depends on them, so they should learn, but they keep their initial values.",
        "Jones, Debugging Reinforcement Learning Systems (2021).",
        "the line that makes the optimizer: does it get the parameters of every network?",
        ("Constant", "Decoder"), "gradient_norm",
    ),
    FindingKind(
        "no-gradient", "updates", ("look",), "A module of an optimizer never got a gradient.",
        "It should learn, but no loss depends on it.",
        "Jones, Debugging Reinforcement Learning Systems (2021).",
        "`.detach()`, `.item()` or `no_grad` between this module and the loss; a term missing from the loss",
        ("Constant", "ContextBandit"), "gradient_norm",
    ),
    FindingKind(
        "gradient-always-clipped", "updates", ("note",), "Gradients are clipped in over 95 % of the updates.",
        "Then only the learning rate sets the size of a step: large errors count no more than small ones.",
        OWN_RUNS,
        "the scale of rewards and value targets, and `max_grad_norm`",
        ("ScaledReward",), "gradient_norm",
    ),
    FindingKind(
        "update-too-small", "updates", ("look",), "An update hardly changes the weights.",
        "At this rate, learning needs more updates than the run has.",
        "Karpathy's rule of 1e-3 (CS231n), widened to 3e-5, for the matrix that changes most. A change is "
        "relative to the size of the matrix now or at initialisation, whichever is larger: the last layer "
        "of a healthy PPO starts tiny.",
        "the learning rate; a loss divided by something large",
        ("Constant", "Decoder"), "update_ratio",
    ),
    FindingKind(
        "update-too-large", "updates", ("look", "note"),
        "An update changes weights by over 10 % of their size.",
        "Each update overwrites what was learned from earlier data.",
        "Karpathy's rule of 1e-3 (CS231n), widened to 1e-1, for matrices only. A change is relative to the "
        "size of the matrix now or at initialisation, whichever is larger.",
        "the learning rate; gradients that are not clipped; rewards that are not scaled",
        ("Constant", "ScaledReward"), "update_ratio",
    ),
    FindingKind(
        "no-update", "updates", ("look",), "An optimizer was made, but never took a step.",
        "Nothing is learned.",
        "An agent that trains must take steps of its optimizer.",
        "the condition under which the update runs: `learning_starts`, the size of the replay buffer, `if "
        "terminated` although episodes are truncated",
        ("Constant", "TimeLimitLoop"), "return",
    ),
)  # fmt: skip
