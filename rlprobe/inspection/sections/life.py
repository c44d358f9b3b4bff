"""Signs of life: how often random play gets a reward, and whether there is a signal to learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.inspection.flag import Flag
from rlprobe.output.numbers import percent, short
from rlprobe.stats.intervals import Share, Summary

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.inspection.measures.episodes import Episode, EpisodeStats
    from rlprobe.inspection.playing.collect import Collector
    from rlprobe.stats.moments import Moments

RARE_BELOW = 0.05
MIN_EPISODES = 10
"""With fewer episodes, equal returns are no finding."""


@dataclass(frozen=True)
class Life:
    """Returns and lengths of random episodes.

    Args:
        episodes: number of finished episodes.
        returns: undiscounted; quartiles of the episodes kept (all, up to 65 536), the rest of all.
        lengths: in steps, likewise.
        rewarded: episodes with a reward other than 0.
        eventful: episodes with a reward other than the usual one.
        usual: the reward of at least 80 % of the steps, if there is one.
        distinct: different rewards seen and how often; None above 64 of them.
        best: the episode with the highest return.
        median: the one with the median return.
        worst: the one with the lowest.
        terminated: episodes that ended by themselves.
        truncated: episodes that were cut off.
        repeated: return of the best episode when replayed; None if that was not tried.
        sentence: what this means for learning.
        histogram: edges and counts of the returns.
        length_histogram: edges and counts of the lengths.
    """

    episodes: int
    returns: Summary
    lengths: Summary
    rewarded: Share
    eventful: Share
    usual: float | None
    distinct: dict[float, int] | None
    best: Episode | None
    median: Episode | None
    worst: Episode | None
    terminated: int
    truncated: int
    repeated: float | None
    sentence: str
    histogram: tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]
    length_histogram: tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]


def life_of(collector: Collector, repeated: float | None) -> Life:
    """The section, from what was collected."""
    kept = collector.episodes
    rows = kept.kept.rows
    return Life(
        episodes=kept.count,
        returns=_summary(rows[:, 0], kept.returns, kept.lowest, kept.highest),
        lengths=_summary(rows[:, 1], kept.lengths, kept.shortest, kept.longest),
        rewarded=Share(kept.rewarded, kept.count),
        eventful=Share(kept.eventful, kept.count),
        usual=kept.usual,
        distinct=kept.distinct,
        best=kept.best,
        median=kept.median(),
        worst=kept.worst,
        terminated=kept.terminated,
        truncated=kept.truncated,
        repeated=repeated,
        sentence=_sentence(kept),
        histogram=kept.histogram.of(0),
        length_histogram=kept.histogram.of(1),
    )


def _summary(sample: npt.NDArray[np.float64], all_: Moments, low: float, high: float) -> Summary:
    """Quartiles of the sample; everything else of all episodes."""
    sample = sample[np.isfinite(sample)]
    if not len(sample):
        return Summary.of(sample)
    mean, std = float(all_.mean[()]), float(all_.std[()])
    return replace(Summary.of(sample), low=float(low), high=float(high), mean=mean, std=std)


def life_flags(life: Life, collector: Collector) -> list[Flag]:
    """What is wrong or worth a look in the returns of random play."""
    kept = collector.episodes
    flags: list[Flag] = []
    same = life.episodes >= MIN_EPISODES and life.returns.low == life.returns.high
    if kept.steps and kept.zero == kept.steps:
        flags.append(Flag("reward-never-given", "harmful", life.sentence, NO_SIGNAL_ADVICE))
    elif same and not _length_matters(life):
        flags.append(Flag("return-never-varies", "look", life.sentence, NO_SIGNAL_ADVICE))
    elif (
        kept.usual is not None
        and life.episodes
        and not _length_matters(life)
        and life.eventful.value < RARE_BELOW
    ):
        flags.append(Flag("reward-rare", "look", life.sentence, RARE_SIGNAL_ADVICE))
    if kept.steps and not life.episodes and not collector.failures:
        flags.append(
            Flag(
                "no-episode-ended",
                "look",
                f"No episode ended within {kept.steps:,} steps.",
                "If the task has no natural end, add a time limit, gymnasium.wrappers.TimeLimit(env, N), "
                "and bootstrap at truncations.",
            )
        )
    if life.repeated is not None and life.best and not _close(life.repeated, life.best.earned):
        flags.append(
            Flag(
                "best-not-repeatable",
                "look",
                f"The best return, {short(life.best.earned)}, became {short(life.repeated)} "
                "when the same "
                "seed and the same actions were played again.",
                "Something random is not drawn from self.np_random, or state survives reset().",
            )
        )
    return flags


NO_SIGNAL_ADVICE = (
    "An agent that explores at random gets no reward to learn from: try a larger frame skip "
    "(FrameSkip), a start state closer to the goal, a shaped reward or demonstrations."
)
RARE_SIGNAL_ADVICE = (
    "Expect a flat learning curve at first: use many parallel environments, FrameSkip, or a shaped reward."
)


def _sentence(kept: EpisodeStats) -> str:
    """How often random play gets a reward, in one sentence."""
    n, steps = kept.count, kept.steps
    if not steps:
        return "Nothing was played."
    if kept.zero == steps:
        end = f"{n:,} episodes" if n else f"{steps:,} steps"
        limit = f" (95 %: fewer than {percent(Share(0, n).high)} of them would)" if n else ""
        return f"Random play never got a reward in {end}{limit}: there is no signal to learn from."
    if not n:
        return f"No episode ended within {steps:,} steps, so returns are not known."
    low, high = kept.lowest, kept.highest
    if kept.distinct is not None and len(kept.distinct) == 1:
        (value,) = kept.distinct
        if kept.shortest == kept.longest:
            return (
                f"Every step gave a reward of {short(value)}, and each of {n:,} episodes lasted "
                f"{kept.longest} steps: random play never reached the goal, so there is no signal to learn "
                "from."
            )
        return (
            f"Every step gave a reward of {short(value)}, so the return depends on the length alone: random "
            f"play lasts {kept.shortest} to {kept.longest} steps, and the differences are a signal to learn "
            "from."
        )
    if low == high:
        return (
            f"All {n:,} episodes returned {short(low)}: without differences there is no signal to learn from."
        )
    return _varied(kept, low, high)


def _varied(kept: EpisodeStats, low: float, high: float) -> str:
    """The sentence where returns differ."""
    n = kept.count
    if kept.usual is not None:
        hits = Share(kept.eventful, n)
        often = "a signal to learn from" if hits.value >= RARE_BELOW else "a rare signal to learn from"
        above = f", {percent(kept.positive / n)} one above 0" if _both_signs(kept) else ""
        return (
            f"{hits} of {n:,} episodes had a reward other than the usual "
            f"{short(kept.usual)}{above}; returns go "
            f"from {short(low)} to {short(high)}: {often}."
        )
    spread = float(kept.returns.std[()])
    lead = (high - float(kept.returns.mean[()])) / spread if spread else 0.0
    if kept.rewards.high[0] <= 0:
        return (
            f"Rewards vary from step to step, none was above 0, and returns go from {short(low)} "
            f"to {short(high)}: "
            "a signal to learn from; if a goal has a positive reward, random play never reached it."
        )
    return (
        f"Rewards vary from step to step and returns go from {short(low)} to {short(high)}, the best episode "
        f"{lead:.1f} standard deviations above the mean: a signal to learn from."
    )


def _both_signs(kept: EpisodeStats) -> bool:
    return bool(kept.usual is not None and kept.rewards.low[0] < 0 < kept.rewards.high[0])


def _length_matters(life: Life) -> bool:
    return life.distinct is not None and len(life.distinct) == 1 and life.lengths.low != life.lengths.high


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= 1e-6 * max(1.0, abs(a), abs(b))
