"""Findings on gradients and steps of optimizers."""

from __future__ import annotations

from typing import Final

from rlprobe.monitors.findings.kind import FindingKind

OWN_RUNS = "No range is published; this one is what healthy runs of our own never left."
UPDATES: Final[tuple[FindingKind, ...]] = (
    FindingKind(
        "gradient-not-finite", "updates", ("broken",), "A gradient was NaN or infinite.",
        "The next step of the optimizer makes every weight NaN, and nothing is learned from then on.",
        "A gradient has to be a number.",
        "the module that is named: a logarithm or root of 0, a division by a standard deviation of 0, a "
        "reward or observation that is NaN",
        ("Constant", "RewardSet"), "gradient_norm",
    ),
    FindingKind(
        "parameters-without-optimizer", "updates", ("broken",),
        "Parameters get gradients, and no optimizer holds them.",
        "The loss reaches them, so they are meant to learn, and they stay as they were initialised.",
        "Jones, Debugging Reinforcement Learning Systems (2021).",
        "the line that makes the optimizer: does it get the parameters of every network?",
        ("Constant", "Decoder"), "gradient_norm",
    ),
    FindingKind(
        "no-gradient", "updates", ("look",), "A module that an optimizer holds never got a gradient.",
        "It is part of what should learn, and no loss depends on it.",
        "Jones, Debugging Reinforcement Learning Systems (2021).",
        "`.detach()`, `.item()` or `no_grad` between this module and the loss; a term left out of the loss",
        ("Constant", "ContextBandit"), "gradient_norm",
    ),
    FindingKind(
        "gradient-always-clipped", "updates", ("note",), "Gradients are clipped in over 95 % of the updates.",
        "The learning rate then sets the size of every step alone, and large errors count as small ones.",
        OWN_RUNS,
        "the scale of rewards and value targets, and `max_grad_norm`",
        ("ScaledReward",), "gradient_norm",
    ),
    FindingKind(
        "update-too-small", "updates", ("look",), "An update hardly changes the weights.",
        "At this rate learning needs more updates than the run has.",
        "Karpathy's rule of 1e-3 (CS231n), widened to 3e-5, of the matrix that moves most, with the size at "
        "initialisation as the least size: healthy PPO starts with a tiny last layer.",
        "the learning rate; a loss divided by something large",
        ("Constant", "Decoder"), "update_ratio",
    ),
    FindingKind(
        "update-too-large", "updates", ("look", "note"),
        "An update changes weights by over 10 % of their size.",
        "What was learned from earlier data is overwritten each time.",
        "Karpathy's rule of 1e-3 (CS231n), widened to 1e-1, on matrices only, with their size at "
        "initialisation as the least size.",
        "the learning rate; gradients that are not clipped; rewards that are not scaled",
        ("Constant", "ScaledReward"), "update_ratio",
    ),
    FindingKind(
        "no-update", "updates", ("look",), "An optimizer was made and has never stepped.",
        "Nothing is learned.",
        "A learning agent has to learn.",
        "the condition under which the update runs: `learning_starts`, the size of the replay memory, "
        "`if terminated` where episodes are truncated",
        ("Constant", "TimeLimitLoop"), "return",
    ),
)  # fmt: skip
