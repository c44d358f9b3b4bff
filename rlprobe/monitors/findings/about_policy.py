"""Findings on the policy."""

from __future__ import annotations

from typing import Final

from rlprobe.monitors.findings.about_updates import OWN_RUNS
from rlprobe.monitors.findings.kind import FindingKind

POLICY: Final[tuple[FindingKind, ...]] = (
    FindingKind(
        "entropy-collapse", "policy", ("look",),
        "The policy became almost deterministic before it was good.",
        "An agent that tries only one action no longer finds better ones.",
        "Schulman, Nuts and Bolts of Deep RL (2017); Rahtz (2018): below 5 % of the entropy of random "
        "actions before 25 % of the run, while better returns have been seen, or at its end, with a return "
        "that is no better than at first or was lost again. For Box actions: a standard deviation below 2 % "
        "of that at the start, with no better return.",
        "the entropy coefficient and its sign, the learning rate of the policy, advantages that are not "
        "normalised",
        ("ContextBandit", "ActionOrder"), "entropy",
    ),
    FindingKind(
        "entropy-never-falls", "policy", ("look",), "The policy stays as random as at the start.",
        "It has learned nothing that makes one action better than another.",
        "Jones (2021): above 98 % of the entropy of random actions after 25 % of the run, with a return no "
        "better than that of the first episodes. For Box actions: a standard deviation 5 times that at the "
        "start.",
        "an entropy coefficient that is too large or has the wrong sign; advantages that are all zero; a "
        "policy loss that does not reach the policy",
        ("ContextBandit", "ActionOrder"), "entropy",
    ),
    FindingKind(
        "policy-step-too-large", "policy", ("broken", "look", "note"),
        "One update moves the policy far: exact KL divergence on observations that were visited.",
        "The rollouts no longer come from a policy near the one that is being improved, and a bad step is "
        "not undone by the next.",
        "The 37 Implementation Details of PPO (2022) and Spinning Up stop at 0.015; Schulman: 0.01 is small, "
        "10 is large. Note above 0.02, look above 0.1, broken above 1.",
        "the learning rate, the number of epochs, the clip range, gradients that are not clipped",
        ("ContextBandit", "ActionOrder"), "kl",
    ),
    FindingKind(
        "policy-never-moves", "policy", ("look",), "20 updates in a row changed the policy by nothing.",
        "The agent collects data and does not learn from it.",
        "Below 1e-5 nats in each of 20 updates; the smallest that healthy runs of our own had is larger.",
        "the learning rate; a policy loss of the wrong network or of detached log-probabilities; advantages "
        "that are all zero",
        ("ContextBandit", "ActionOrder"), "kl",
    ),
    FindingKind(
        "first-ratio-not-one", "policy", ("broken", "look"),
        "Before any update of a rollout, new and old log-probabilities differ.",
        "Nothing has been learned between them, so they have to be equal: they are computed in two ways.",
        "The 37 Implementation Details of PPO (2022): the first ratio is 1, up to 1e-3.",
        "dropout or batch normalisation in training mode, actions that were clipped or squashed before they "
        "were stored, log-probabilities of another step or of summed dimensions, observations that were "
        "normalised again",
        ("ContextBandit", "BoxTarget"), "first_ratio_off",
    ),
    FindingKind(
        "initial-policy-not-random", "policy", ("note",),
        "Before the first update the policy already prefers some actions strongly.",
        "The first rollouts then lack the other actions.",
        "Schulman: the last layer of a policy starts near zero. " + OWN_RUNS,
        "the initialisation of the last layer: `std=0.01`",
        ("ContextBandit",), "entropy",
    ),
    FindingKind(
        "actions-at-bounds", "policy", ("look",),
        "Over half of the components of actions are at a bound, and the return does not rise.",
        "An action that is clipped or squashed flat has no gradient, and all larger ones look the same.",
        OWN_RUNS,
        "the scale of observations, a tanh applied twice, actions that are not rescaled to the bounds, the "
        "initial standard deviation",
        ("BoxTarget",), "actions_at_bounds",
    ),
    FindingKind(
        "units-dormant", "policy", ("look", "note"),
        "Many units of a layer are never active.",
        "They neither contribute nor learn, so the network is smaller than it looks.",
        "Sokar et al., The Dormant Neuron Phenomenon (2023), tau = 0.025: note above 25 %, look above 50 %.",
        "the learning rate, the scale of inputs and targets, a very high replay ratio",
        ("ScaledObservation",), "dormant_units",
    ),
    FindingKind(
        "units-saturated", "policy", ("look",), "Units of tanh or sigmoid are at their ends from the start.",
        "A saturated unit passes no gradient.",
        "Over 5 % before the first update; initialisations in use give none on inputs of size 1.",
        "the scale of observations: wrap the environment in `rlprobe.NormalizeAll`",
        ("ScaledObservation",), "saturated_units",
    ),
)  # fmt: skip
