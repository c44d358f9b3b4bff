"""Findings on the critic."""

from __future__ import annotations

from typing import Final

from rlprobe.monitors.findings.about_updates import OWN_RUNS
from rlprobe.monitors.findings.kind import FindingKind

CRITIC: Final[tuple[FindingKind, ...]] = (
    FindingKind(
        "value-explains-nothing", "critic", ("look",),
        "The critic predicts returns worse than a constant would.",
        "Advantages computed from it are noise, and bootstrapped targets pass its errors on.",
        "Schulman: the explained variance of realised returns. (Libraries log that of lambda-returns, which "
        "contain the critic itself.) Below -0.1, because estimates from a few hundred returns are off by "
        "less than 0.1.",
        "the value loss and its coefficient, the learning rate of the critic, its targets at the ends of "
        "episodes, the scale of rewards",
        ("Constant", "Decoder", "TruncBoot"), "explained_variance",
    ),
    FindingKind(
        "value-echo", "critic", ("look",),
        "The logged explained variance is high, but that of realised returns is not.",
        "The targets contain the critic itself, so it predicts its own targets well, but not the returns.",
        "A critic that has learned nothing can explain 0.9 of the variance of its own lambda-returns.",
        "the targets of the critic: do they contain the rewards, and where do they bootstrap?",
        ("Decoder", "Chain"), "explained_variance",
    ),
    FindingKind(
        "value-offset", "critic", ("look", "note"), "The values are off by a constant.",
        "Explained variance does not show a constant error. But it makes targets wrong at terminations, "
        "where the next value is 0, and at time limits, where it is not.",
        "The mean error exceeds both the standard deviation of the returns and half of their size. Only a "
        "note while values still grow, unless they have the wrong sign: a new critic whose gradients are "
        "always clipped overshoots.",
        "the ends of episodes: targets must use 0 after a termination, and bootstrap after a truncation",
        ("TimeLimitLoop", "TruncBoot", "Constant"), "value_offset",
    ),
    FindingKind(
        "value-not-carried-back", "critic", ("look",),
        "The critic has learned the last step of episodes, but not the step before.",
        "Later rewards do not reach the values of earlier steps: targets do not bootstrap.",
        "Jones (2021): the correlation of values and returns is above 0.8 at the last step and below 0.3 "
        "one step before. Also counted: values that rise by over 60 % of the return at the last step, and "
        "by under 30 % of it one step before.",
        "the bootstrap term: `next_observation`, the mask of terminations, the discount",
        ("Decoder", "Chain"), "value_correlation",
    ),
    FindingKind(
        "value-residual", "critic", ("look",),
        "After a quarter of the run, the critic explains less than 5 % of the variance of the returns.",
        "It has learned almost nothing.",
        "Jones (2021): residual variance.",
        "the learning rate of the critic, the coefficient of its loss, detached tensors",
        ("Constant", "Decoder"), "explained_variance",
    ),
    FindingKind(
        "targets-large", "critic", ("look", "note"), "Targets of the critic are much larger than 1.",
        "Networks are initialised for outputs of about 1. Much larger targets need many updates and large "
        "gradients.",
        "Jones (2021): a note if the 99th percentile of their size is above 10. Worth a look only above "
        "10,000, because healthy runs on Pendulum reach 1,000.",
        "the scale of rewards: wrap the environment in `rlprobe.RewardScale`",
        ("ScaledReward", "RewardSet"), "targets",
    ),
    FindingKind(
        "targets-on-another-scale", "critic", ("look", "note"),
        "Targets of the critic are over 3 times as large as the returns that follow, or 100 times as small.",
        "A target is an estimate of that return. The difference is harmless if the script scales the "
        "rewards of the environment; otherwise something is added, lost or counted twice. Worth a look from "
        "a factor of 1,000 on.",
        OWN_RUNS,
        "what is added to the targets, the discount, and the scale of rewards between environment and loss",
        ("RewardSet", "Constant"), "targets",
    ),
    FindingKind(
        "advantages-not-centred", "critic", ("note",), "The mean of the advantages is far from 0.",
        "Then the update makes every action that was taken more probable, or every one less probable.",
        "Jones (2021): the mean is above 0.5 standard deviations. Only a note, because it is usual early in "
        "training.",
        "the values that are subtracted, and the normalisation of advantages",
        ("ContextBandit", "Decoder"), "advantage_offset",
    ),
    FindingKind(
        "q-overestimated", "critic", ("look",), "Action values are larger than the returns that followed.",
        "The maximum prefers values that are too large, and bootstrapping passes them on.",
        "van Hasselt (2010), Fujimoto et al. (2018). " + OWN_RUNS,
        "the target network, the discount at terminations, double or twin critics, the learning rate",
        ("MaxNotMean", "TimeLimitLoop", "Constant"), "q_overestimation",
    ),
    FindingKind(
        "target-network-never-changes", "critic", ("look", "note"),
        "A target network still has its initial weights.",
        "Targets bootstrap from an untrained network.",
        "A network with the shape of a trained one, used in training, and unchanged in 1,000 updates.",
        "the line that copies or averages the weights: is it reached, and does it write to the target "
        "network?",
        ("Chain", "Decoder"), "target_lag",
    ),
)  # fmt: skip
