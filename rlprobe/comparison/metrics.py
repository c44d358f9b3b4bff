"""Which column of a log is the return, by the names that libraries give it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rlprobe.comparison.log import Log, Series

Family = Literal["evaluation", "training"]
EVALUATION: Final = (
    "evaluations/return", "eval/mean_reward", "eval/mean_return", "eval/return", "eval/episode_return",
    "eval/episodic_return", "eval/episode_reward", "eval/reward", "evaluation/return",
    "evaluation/mean_reward", "evaluation/mean_return", "evaluation/episode_return",
    "evaluation/average_return", "evaluation/env_runners/episode_return_mean",
    "evaluation/episode_reward_mean", "eval_return", "eval_reward", "eval_mean_reward",
    "eval_episode_return", "eval_episode_reward", "averagetestepret", "test/return", "test/mean_reward",
    "test/reward", "test_return", "test_reward", "test/episode_return", "eval_score", "eval/score",
)  # fmt: skip
TRAINING: Final = (
    "monitor/return", "rollout/ep_rew_mean", "charts/episodic_return", "charts/episode_return",
    "episodic_return", "episode_return", "episode_returns", "return", "returns", "ep_return",
    "train/episode_return", "train/episodic_return", "train/return", "training/return",
    "train/episode_reward", "rollout/return", "rollout/return_mean", "rollout/episode_return",
    "env_runners/episode_return_mean", "env_runners/episode_reward_mean", "episode_return_mean",
    "episode_reward_mean", "ep_rew_mean", "eprewmean", "ep_reward", "episode_reward", "episode_rewards",
    "averageepret", "averagereturn", "mean_return", "return_mean", "avg_return", "average_return",
    "mean_reward", "avg_reward", "average_reward", "total_reward", "cumulative_reward", "score", "reward",
    "rewards", "train/reward", "train/mean_reward", "final_return", "final_reward", "final_score",
    "mean_episode_return", "mean_episode_reward", "mean_ep_return", "ep_ret", "ep_rew", "rew", "ret",
    "training/return", "training/episode_return", "train_return", "train_reward", "episodereward",
)  # fmt: skip
LENGTH: Final = (
    "evaluations/length", "eval/mean_ep_length", "monitor/length", "rollout/ep_len_mean",
    "charts/episodic_length", "charts/episode_length", "episodic_length", "episode_length", "ep_len_mean",
    "eplen", "length", "env_runners/episode_len_mean", "episode_len_mean",
)  # fmt: skip
SHORT: Final = {"return": (*EVALUATION, *TRAINING), "returns": (*EVALUATION, *TRAINING), "length": LENGTH}
"""What the short names of ``--metric`` stand for; the first that a log has is taken."""
MOST_LISTED: Final = 12


@dataclass(frozen=True)
class Pick:
    """A series of one log that answers to a metric."""

    log: Log
    name: str
    family: Family
    series: Series


KNOWN: Final = frozenset((*EVALUATION, *TRAINING))
UNKNOWN_RETURN: Final = re.compile(r"return|reward|score|ep_?rew|ep_?ret")
NO_RETURN: Final = re.compile(
    r"std|stdev|dev|var|min|max|loss|count|scale|norm|time|len|step|weight|coef|baseline|intrinsic|buffer|"
    r"advantage|target|pred|model|num|total_episodes|bias|kernel|layer|param|obs|action"
)
"""Parts of names that tell a spread, a part or a setting of a return, and not a return."""


def is_return(name: str) -> bool:
    """Whether a name is that of a return, as a library or a person calls it.

    >>> is_return("Episode Return"), is_return("custom/my_avg_return"), is_return("reward_std")
    (True, True, False)
    """
    one = plain(name)
    return one in KNOWN or bool(UNKNOWN_RETURN.search(one) and not NO_RETURN.search(one))


def is_something_else(name: str) -> bool:
    """Whether a name is that of a loss, a length, a weight or the like.

    >>> is_something_else("layer1/weight"), is_something_else("ppo")
    (True, False)
    """
    return bool(NO_RETURN.search(plain(name)))


def plain(name: str) -> str:
    """A name without case and separators.

    >>> plain("Rollout/Ep Rew-Mean"), plain("AverageEpRet")
    ('rollout/ep_rew_mean', 'averageepret')
    """
    return re.sub(r"[\s\-.]+", "_", name.strip().lower()).replace("_/_", "/").removeprefix("global/")


def picks(logs: Iterable[Log], metric: str) -> list[Pick]:
    """What answers to ``metric``, at most one series of each log and family, the preferred names first."""
    found: list[Pick] = []
    wanted = SHORT.get(plain(metric))
    for log in logs:
        if wanted is None:
            name = exact(log, metric)
            found += [Pick(log, name, family_of(name), log.series[name])] if name else []
            continue
        names = {plain(name): name for name in log.series}
        for family in ("evaluation", "training"):
            here = [names[one] for one in wanted if one in names and family_of(one) == family]
            if not here and wanted is not LENGTH and not KNOWN & names.keys():
                here = sorted((n for n in log.series if is_return(n) and family_of(n) == family), key=len)
            found += [Pick(log, name, family, log.series[name]) for name in here[:1]]
    return found


def exact(log: Log, metric: str) -> str | None:
    """The series of that name: as it stands, else without case and separators, else by its last part."""
    if metric in log.series:
        return metric
    wanted = plain(metric)
    whole = [name for name in log.series if plain(name) == wanted]
    last = [name for name in log.series if plain(name).rsplit("/", 1)[-1] == wanted]
    return next(iter([*whole, *last]), None)


def family_of(name: str) -> Family:
    """Whether a metric is measured in evaluation episodes or while training."""
    return "evaluation" if re.match(r"(average)?(eval|test)", plain(name)) else "training"


def small_is_good(metric: str) -> bool:
    """Whether smaller values of a metric count as better, by its name.

    >>> small_is_good("losses/value_loss"), small_is_good("return"), small_is_good("close_rate")
    (True, False, False)
    """
    words = re.split(r"[^a-z]+", plain(metric))
    return bool(
        {"loss", "losses", "error", "errors", "regret", "cost", "costs", "violations", "mse", "rmse"}
        & set(words)
    )


def listed(names: Sequence[str]) -> str:
    """Names of metrics in words, those that are most likely meant first."""
    known = {name: rank for rank, name in enumerate((*EVALUATION, *TRAINING, *LENGTH))}
    ranked = sorted(dict.fromkeys(names), key=lambda name: known.get(plain(name), len(known)))
    more = f" and {len(ranked) - MOST_LISTED} more" if len(ranked) > MOST_LISTED else ""
    return ", ".join(ranked[:MOST_LISTED]) + more if ranked else "no column of numbers"
