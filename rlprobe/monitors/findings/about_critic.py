"""Findings on the critic."""

from __future__ import annotations

from typing import Final

from rlprobe.monitors.findings.about_updates import OWN_RUNS
from rlprobe.monitors.findings.kind import FindingKind

CRITIC: Final[tuple[FindingKind, ...]] = (
    FindingKind(
        "value-explains-nothing", "critic", ("look",),
        "The critic explains the returns that followed worse than their mean does.",
        "Advantages computed from it are noise, and bootstrapped targets carry its errors on.",
        "Schulman: explained variance against the return that was realised, which is not what libraries log: "
        "they compare with the lambda-return, which contains the critic itself. Below -0.1: below 0 by more "
        "than the error of a few hundred returns.",
        "the value loss and its coefficient, the learning rate of the critic, its targets at the ends of "
        "episodes, the scale of rewards",
        ("Constant", "Decoder", "TruncBoot"), "explained_variance",
    ),
    FindingKind(
        "value-echo", "critic", ("look",),
        "The explained variance that the script logs is high, and against realised returns it is not.",
        "The targets contain the critic itself, so it agrees with itself and not with the environment.",
        "A critic that knows nothing gets 0.9 against its own lambda-returns.",
        "the targets of the critic: do rewards enter them, and where do they bootstrap?",
        ("Decoder", "Chain"), "explained_variance",
    ),
    FindingKind(
        "value-offset", "critic", ("look", "note"), "The values are off by a constant.",
        "Explained variance does not see it; bootstrapping at time limits and comparing with "
        "0 at the end do.",
        "The mean error exceeds both the deviation of the returns and half of their size. Only a note while "
        "values still grow, unless they have the wrong sign: a new critic whose gradients are always clipped "
        "overshoots.",
        "the ends of episodes: is the value after a termination 0, and that after a truncation bootstrapped?",
        ("TimeLimitLoop", "TruncBoot", "Constant"), "value_offset",
    ),
    FindingKind(
        "value-not-carried-back", "critic", ("look",),
        "The critic knows the last step of episodes and not the one before.",
        "What comes after a step does not enter its value: targets do not bootstrap.",
        "Jones (2021): correlation with the return above 0.8 at the last step and below 0.3 one step before. "
        "A trace of it correlates too, so values that rise by under 30 % of the return there count as well, "
        "if they rise by over 60 % of it at the last step.",
        "the bootstrap term: `next_observation`, the mask of terminations, the discount",
        ("Decoder", "Chain"), "value_correlation",
    ),
    FindingKind(
        "value-residual", "critic", ("look",),
        "After a quarter of the run, over 95 % of the variance of the returns is unexplained.",
        "The critic has learned next to nothing.",
        "Jones (2021): residual variance.",
        "the learning rate of the critic, the coefficient of its loss, detached tensors",
        ("Constant", "Decoder"), "explained_variance",
    ),
    FindingKind(
        "targets-large", "critic", ("look", "note"), "Targets of the critic are far from the size 1.",
        "Networks are initialised for numbers of size 1; much larger ones need many updates and large "
        "gradients.",
        "Jones (2021): 99th percentile of the size above 10 is a note. Healthy runs on Pendulum have 1,000, "
        "so only above 10,000 is it worth a look.",
        "the scale of rewards: wrap the environment in `rlprobe.RewardScale`",
        ("ScaledReward", "RewardSet"), "targets",
    ),
    FindingKind(
        "targets-on-another-scale", "critic", ("look", "note"),
        "Targets of the critic are over 3 times as large as the returns that follow, or 100 times as small.",
        "A target is an estimate of that return. Harmless if rewards are scaled after the environment has "
        "returned them; else something is added, lost or counted twice. From a factor of 1,000 on, "
        "worth a look.",
        OWN_RUNS,
        "what is added to the targets, the discount, and the scale of rewards between environment and loss",
        ("RewardSet", "Constant"), "targets",
    ),
    FindingKind(
        "advantages-not-centred", "critic", ("note",), "The mean of the advantages is far from 0.",
        "Then every action that is taken looks good, or every one bad.",
        "Jones (2021): mean over standard deviation above 0.5. Only a note: usual while a critic is new.",
        "the critic that is subtracted, and the normalisation of advantages",
        ("ContextBandit", "Decoder"), "advantage_offset",
    ),
    FindingKind(
        "q-overestimated", "critic", ("look",), "Action values exceed the returns that followed.",
        "The maximum picks errors upwards, and bootstrapping feeds them back.",
        "van Hasselt (2010), Fujimoto et al. (2018). " + OWN_RUNS,
        "the target network, the discount at terminations, double or twin critics, the learning rate",
        ("MaxNotMean", "TimeLimitLoop", "Constant"), "q_overestimation",
    ),
    FindingKind(
        "target-network-never-changes", "critic", ("look", "note"),
        "A target network still has the weights that it started with.",
        "The critic learns values of a random network.",
        "A copy of a trained network that is used in training and has not changed in 1,000 updates.",
        "the line that copies or averages the weights: is it reached, and into which network?",
        ("Chain", "Decoder"), "target_lag",
    ),
)  # fmt: skip
