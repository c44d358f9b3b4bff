"""Findings on episodes, on the data that is learned from, and on the machine."""

from __future__ import annotations

from typing import Final

from rlprobe.monitors.findings.about_updates import OWN_RUNS
from rlprobe.monitors.findings.kind import FindingKind

DATA: Final[tuple[FindingKind, ...]] = (
    FindingKind(
        "reward-not-finite", "episodes", ("broken",), "An episode had a NaN or infinite return.",
        "One such reward makes the weights of a network NaN.",
        "A reward has to be a number.",
        "`rlprobe inspect` on the environment; the normalisation of rewards",
        ("Constant",), "return",
    ),
    FindingKind(
        "array-not-finite", "data", ("look",), "Numbers of the training code became NaN or infinite.",
        "What is computed from them is NaN too, and the largest of values with a NaN is the NaN.",
        "Arrays and tables that held finite numbers before have to go on doing so; looked at in code without "
        "torch.",
        "the variable that is named: a reward that is NaN, a division by 0, a learning rate that diverges",
        ("Constant", "RewardSet"),
    ),
    FindingKind(
        "no-episode-ended", "episodes", ("note",), "No episode has ended.",
        "There is no return to judge by, and an agent that is stuck is never reset.",
        OWN_RUNS,
        "a time limit: `gymnasium.wrappers.TimeLimit(env, N)`, with a bootstrap at truncations",
        ("TimeLimitLoop",), "length",
    ),
    FindingKind(
        "length-moves-return-does-not", "episodes", ("note",),
        "Episodes became longer or shorter, and the return did not change.",
        "The agent learns something that the reward does not pay for, or the reward does not tell.",
        "Schulman: the length often moves before the return.",
        "the reward: which behaviour does it pay for?",
        ("WillToLive",), "length",
    ),
    FindingKind(
        "resets-in-step", "episodes", ("note",),
        "All copies of the environment end their episodes in the same step.",
        "A rollout then holds only one part of the episode, so updates follow the clock of the episode.",
        "Jones (2021): resets are to be spread over the steps. Over 90 % of the episodes. Usual, and only a "
        "note, where episodes have a fixed length.",
        "a different first length for each copy, e.g. some random steps before training; the length of a "
        "rollout beside that of an episode",
        (), "length",
    ),
    FindingKind(
        "return-lost", "episodes", ("note",),
        "Over half of what was learned is lost again at the end of the run.",
        "The last policy is not the best one.",
        OWN_RUNS,
        "the learning rate at the end of the run, the size of updates, a replay memory that forgets",
        ("ContextBandit",), "return",
    ),
    FindingKind(
        "memory-of-zeros", "data", ("broken",), "Batches contain observations that are all zero.",
        "These were never observed: the memory is sampled beyond what has been written.",
        "Over 5 % of the rows, of observations that are never all zero.",
        "the range that indices are drawn from: up to the number of stored transitions, not the capacity",
        ("Constant", "Decoder"), "zero_rows",
    ),
    FindingKind(
        "random-state-repeats", "data", ("look",),
        "A global random generator comes back to the same state again and again.",
        "Every rollout then draws the same numbers: exploration, minibatches and resets repeat.",
        "A generator that is seeded once never comes back.",
        "`seed`, `manual_seed` or `set_state` inside the training loop, also of an evaluation in it",
        (), "generators_that_moved",
    ),
    FindingKind(
        "memory-will-not-fit", "machine", ("look",),
        "The replay memory will need over 80 % of the free memory when it is full.",
        "The run will be killed hours from now.",
        "Bytes of the arrays it holds, against the memory that is free now.",
        "`buffer_size`, and the type of stored observations: `uint8`",
        (), "memory",
    ),
    FindingKind(
        "slower-and-slower", "machine", ("note",),
        "The run is over 20 % slower at its end than at its start.",
        "Something grows with every step: a list, a graph that is kept, a memory that is searched.",
        "Rahtz (2018), Jones (2021).",
        "lists that are appended to, tensors stored with their graph (`loss` instead of `loss.item()`)",
        (), "steps_per_second",
    ),
)  # fmt: skip
