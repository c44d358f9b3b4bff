"""Kinds of flags about what an agent can learn from: rewards, horizon and time step."""

from __future__ import annotations

from typing import Final

from rlprobe.inspection.flag_kind import FlagKind

KINDS: Final[tuple[FlagKind, ...]] = (
    FlagKind(
        "reward-never-given", "life", ("harmful",), "Random play never got a reward other than 0.",
        "An agent starts from random actions. If these never get a reward, there is no signal to learn from.",
        "Try a larger frame skip (`FrameSkip`), a start state closer to the goal, a shaped reward or "
        "demonstrations.",
    ),
    FlagKind(
        "return-never-varies", "life", ("look",), "Every episode of random play had the same return.",
        "Learning needs differences between returns: if all are equal, no action looks better than another.",
        "As for `reward-never-given`; check also that the reward depends on what the agent does.",
    ),
    FlagKind(
        "reward-rare", "life", ("look",), "Under 5 % of the episodes of random play had an unusual reward.",
        "The learning curve will be flat for a long time before it rises.",
        "Use many parallel environments, `FrameSkip` or a shaped reward, and plan a long run.",
    ),
    FlagKind(
        "no-episode-ended", "life", ("look",), "No episode ended while the environment was played.",
        "Most algorithms log returns per episode, and an agent that gets stuck is never reset.",
        "If the task has no natural end, add `gymnasium.wrappers.TimeLimit(env, N)` and bootstrap at "
        "truncations.",
    ),
    FlagKind(
        "best-not-repeatable", "life", ("look",),
        "The best episode had another return when it was replayed.",
        "You cannot debug results that you cannot reproduce.",
        "Draw all randomness from `self.np_random` and clear all state in `reset()`.",
    ),
    FlagKind(
        "rewards-are-scaled", "life", ("note",), "A wrapper of the environment scales rewards.",
        "The returns in this report are scaled, not those of the task.",
        "Inspect the environment without the wrapper to see its own returns.",
    ),
    FlagKind(
        "return-runs-on", "life", ("look",),
        "A wrapper scales rewards by a discounted return that runs on after a truncation.",
        "The return of one endless episode is larger than any return there is, so that rewards become too "
        "small.",
        "Use `rlprobe.RewardScale`, or set the running return back to 0 at every reset.",
    ),
    FlagKind(
        "episode-info-wrong", "life", ("look",),
        '`info["episode"]` reports a return or a length that the episode did not have.',
        "Most learning curves are made of these numbers.",
        "Set what is added up back to 0 at every reset, or use `gymnasium.wrappers.RecordEpisodeStatistics`.",
    ),
    FlagKind(
        "reward-scale", "horizon", ("harmful", "look"),
        "Value targets are over 100 (harmful: 10 000) or below 0.01 in size.",
        "Networks learn best from targets of about 1. Large targets cause large gradients, tiny ones none.",
        "Use `rlprobe.RewardScale`, which divides rewards and never shifts them.",
    ),
    FlagKind(
        "delay-beyond-horizon", "horizon", ("look",),
        "The reward for an action comes later than the horizon of the discount, 1 / (1 - gamma) steps.",
        "Discounted that far, the reward hardly counts.", "Use a larger gamma; the report says which.",
    ),
    FlagKind(
        "horizon-short", "horizon", ("note",),
        "Most of the median episode lies beyond the horizon of the discount.",
        "Fine if rewards follow soon; otherwise most of the later rewards hardly count.",
        "Raise gamma if rewards come late.",
    ),
    FlagKind(
        "clock-disagrees", "horizon", ("note",),
        "`render_fps` and the physics disagree about how long an action takes.",
        "Videos and human play run at the wrong speed.", "Set `metadata['render_fps']` to 1 / dt.",
    ),
    FlagKind(
        "skip-finds-reward", "timestep", ("look",),
        "Random play with a frame skip found better returns than without.",
        "If the time step is too small, random actions cancel out and exploration gets nowhere.",
        "Use `rlprobe.FrameSkip` with the skip that the report names.",
    ),
    FlagKind(
        "frame-skip", "timestep", ("look",),
        "With a frame skip, random play explores at least twice as much.",
        "If the time step is too small, random actions cancel out and exploration gets nowhere.",
        "Use `rlprobe.FrameSkip` with the skip that the report names.",
    ),
    FlagKind(
        "control-rate", "timestep", ("note",), "The agent acts more often per second than a person can.",
        "You cannot check by playing whether the task can be solved at this rate.",
        "Consider `rlprobe.FrameSkip`; about 15 decisions a second suffice for most tasks.",
    ),
)  # fmt: skip
