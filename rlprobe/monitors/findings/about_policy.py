"""Findings on the policy."""

from __future__ import annotations

from typing import Final

from rlprobe.monitors.findings.about_updates import OWN_RUNS
from rlprobe.monitors.findings.kind import FindingKind

POLICY: Final[tuple[FindingKind, ...]] = (
    FindingKind(
        "entropy-collapse", "policy", ("look",),
        "The policy became almost deterministic before it was good.",
        "An agent that tries only one action finds no better ones.",
        "Schulman, Nuts and Bolts of Deep RL (2017); Rahtz (2018). The entropy is below 5 % of that of "
        "random actions, either in the first quarter of the run, after better returns have been seen, or at "
        "its end, with a return that is no better than at first or was lost again. For Box actions: the "
        "standard deviation is below 2 % of the initial one, with no better return.",
        "the entropy coefficient and its sign, the learning rate of the policy, advantages that are not "
        "normalised",
        ("ContextBandit", "ActionOrder"), "entropy",
    ),
    FindingKind(
        "entropy-never-falls", "policy", ("look",), "The policy stays as random as at the start.",
        "It has not learned to prefer any action.",
        "Jones (2021): after 25 % of the run, the entropy is above 98 % of that of random actions, with a "
        "return no better than that of the first episodes. For Box actions: the standard deviation is 5 "
        "times the initial one.",
        "an entropy coefficient that is too large or has the wrong sign; advantages that are all zero; a "
        "policy loss that does not reach the policy",
        ("ContextBandit", "ActionOrder"), "entropy",
    ),
    FindingKind(
        "policy-step-too-large", "policy", ("broken", "look", "note"),
        "The KL divergence between the policies before and after an update is large.",
        "The data then no longer comes from a policy close to the current one, and the policy may not "
        "recover from a bad update.",
        "The 37 Implementation Details of PPO (2022) and Spinning Up stop at 0.015; Schulman: 0.01 is "
        "small, 10 is large. Note above 0.02, look above 0.1, broken above 1. Computed exactly, on visited "
        "observations.",
        "the learning rate, the number of epochs, the clip range, gradients that are not clipped",
        ("ContextBandit", "ActionOrder"), "kl",
    ),
    FindingKind(
        "policy-never-moves", "policy", ("look",), "20 updates in a row did not change the policy.",
        "The agent collects data, but its policy does not learn from it.",
        "A KL divergence below 1e-5 in each of 20 updates; in healthy runs of our own it was always larger.",
        "the learning rate; a policy loss that trains another network, or detached log-probabilities; "
        "advantages that are all zero",
        ("ContextBandit", "ActionOrder"), "kl",
    ),
    FindingKind(
        "first-ratio-not-one", "policy", ("broken", "look"),
        "Before the first update on a rollout, new and old log-probabilities differ.",
        "The policy has not changed in between, so they must be equal. They are computed in different ways.",
        "The 37 Implementation Details of PPO (2022): the first ratio is 1, up to 1e-3.",
        "dropout or batch normalisation in training mode, actions that were clipped or squashed before they "
        "were stored, log-probabilities of another step, or summed over the components of actions in one of "
        "the two places only, observations that were normalised twice",
        ("ContextBandit", "BoxTarget"), "first_ratio_off",
    ),
    FindingKind(
        "initial-policy-not-random", "policy", ("note",),
        "Before the first update the policy already prefers some actions strongly.",
        "The first rollouts then hardly contain the other actions.",
        "Schulman: the last layer of a policy starts near zero. " + OWN_RUNS,
        "the initialisation of the last layer: `std=0.01`",
        ("ContextBandit",), "entropy",
    ),
    FindingKind(
        "actions-at-bounds", "policy", ("look",),
        "Over half of the action components are at a bound, and the return does not rise.",
        "Beyond a bound, a different output of the policy gives the same action, so nothing tells the "
        "policy which output is better.",
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
        "units-saturated", "policy", ("look",), "Many tanh or sigmoid units are saturated from the start.",
        "A saturated unit passes no gradient.",
        "Over 5 % before the first update; with the usual initialisations and inputs of about 1 there are "
        "none.",
        "the scale of observations: wrap the environment in `rlprobe.NormalizeAll`",
        ("ScaledObservation",), "saturated_units",
    ),
)  # fmt: skip
