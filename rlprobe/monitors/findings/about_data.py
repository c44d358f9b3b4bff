"""Findings on episodes, on the data that is learned from, and on the machine."""

from __future__ import annotations

from typing import Final

from rlprobe.monitors.findings.about_updates import OWN_RUNS
from rlprobe.monitors.findings.kind import FindingKind

DATA: Final[tuple[FindingKind, ...]] = (
    FindingKind(
        "reward-not-finite", "episodes", ("broken",), "An episode had a NaN or infinite return.",
        "One such reward makes the weights of a network NaN.",
        "Every reward must be finite.",
        "the environment (`rlprobe inspect` checks it); the normalisation of rewards",
        ("Constant",), "return",
    ),
    FindingKind(
        "array-not-finite", "data", ("look",), "An array of the training code became NaN or infinite.",
        "Everything computed from it becomes NaN too: with a NaN among the action values, even their "
        "maximum.",
        "Arrays and tables that were finite before must stay finite. Checked in code without torch.",
        "the named variable: a NaN reward, a division by 0, a learning rate with which values diverge",
        ("Constant", "RewardSet"),
    ),
    FindingKind(
        "no-episode-ended", "episodes", ("note",), "No episode has ended.",
        "There is no return to judge the agent by, and an agent that is stuck is never reset.",
        OWN_RUNS,
        "a time limit: `gymnasium.wrappers.TimeLimit(env, N)`, with a bootstrap at truncations",
        ("TimeLimitLoop",), "length",
    ),
    FindingKind(
        "length-moves-return-does-not", "episodes", ("note",),
        "Episodes became longer or shorter, but the return did not change.",
        "The agent's behaviour changes in a way that does not affect the reward.",
        "Schulman: the length of episodes often changes before the return does.",
        "the reward: which behaviour does it reward?",
        ("WillToLive",), "length",
    ),
    FindingKind(
        "resets-in-step", "episodes", ("note",),
        "All parallel environments end their episodes in the same step.",
        "Each rollout then contains only one part of the episode, and updates differ from part to part.",
        "Jones (2021): resets should be spread over the steps. Over 90 % of the episodes. Only a note, "
        "because it is usual if all episodes have the same length.",
        "the first episode of each environment: make it differ in length, e.g. by some random steps before "
        "training; the length of a rollout compared with that of an episode",
        (), "length",
    ),
    FindingKind(
        "return-lost", "episodes", ("note",),
        "At the end of the run, over half of the gain in return is lost again.",
        "The last policy is worse than an earlier one.",
        OWN_RUNS,
        "the learning rate at the end of the run, the size of updates, the size of the replay buffer",
        ("ContextBandit",), "return",
    ),
    FindingKind(
        "memory-of-zeros", "data", ("broken",), "Batches contain observations that are all zero.",
        "No such observation was ever made: the replay buffer is sampled where nothing has been stored yet.",
        "Over 5 % of the observations in a batch, if the environment has never returned an all-zero one.",
        "the range of the sampled indices: up to the number of stored transitions, not the capacity",
        ("Constant", "Decoder"), "zero_rows",
    ),
    FindingKind(
        "random-state-repeats", "data", ("look",),
        "A global random generator returns to the same state again and again.",
        "Then random numbers repeat: the same exploration, minibatches and resets each time.",
        "A generator that is seeded only once never returns to an earlier state.",
        "`seed`, `manual_seed` or `set_state` inside the training loop, also in an evaluation that it calls",
        (), "generators_that_moved",
    ),
    FindingKind(
        "memory-will-not-fit", "machine", ("look",),
        "When it is full, the replay buffer will need over 80 % of the free memory.",
        "The run may be killed after hours, for lack of memory.",
        "The size of its arrays, compared with the memory that is free now.",
        "`buffer_size`, and the type of stored observations: `uint8`",
        (), "memory",
    ),
    FindingKind(
        "slower-and-slower", "machine", ("note",),
        "The run is over 20 % slower at its end than at its start.",
        "Something grows with every step: a list, a stored graph, a replay buffer that is searched.",
        "Rahtz (2018), Jones (2021).",
        "lists that only grow, tensors that are stored with their graph (`loss` instead of `loss.item()`)",
        (), "steps_per_second",
    ),
)  # fmt: skip
