"""Horizon: how far the discount looks ahead, compared with lengths of episodes and delays of rewards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.checks.returns import discounted_returns
from rlprobe.environments.random_policy import features
from rlprobe.inspection.flag import Flag
from rlprobe.output.numbers import short
from rlprobe.stats.intervals import Summary

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.environments.clock import Clock
    from rlprobe.inspection.playing.collect import Collector
    from rlprobe.inspection.sections.scale import Scale

HORIZONS_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
SKIPS: Final = (1, 2, 4, 8, 16)
MOST_LAG: Final = 50
DEFAULT_GAMMA: Final = 0.99
"""Of ``RewardScale``."""
TARGET_HARMFUL, TARGET_LOOK, TARGET_SMALL = 1e4, 100.0, 1e-2


@dataclass(frozen=True)
class Horizon:
    """The horizon of the discount in this environment.

    Args:
        gamma: the discount.
        steps: ``1 / (1 - gamma)`` actions.
        seconds: the same in the environment's own time, or None if its clock is unknown.
        clock: seconds per action.
        delay: steps from an action to the reward that it changes most; None if it measurably changes none.
        delay_strength: share of the variance of that reward that the action explains.
        targets: discounted returns of random play.
        limit: largest absolute reward over ``1 - gamma``: no value can be larger.
        gamma_for_seconds: the gamma whose horizon is so many seconds, for each of ``HORIZONS_S``.
        gamma_after_skip: the gamma with the same horizon if each action is repeated so often.
    """

    gamma: float
    steps: float
    seconds: float | None
    clock: Clock
    delay: int | None
    delay_strength: float
    targets: Summary
    limit: float
    gamma_for_seconds: dict[float, float]
    gamma_after_skip: dict[int, float]


def horizon_of(collector: Collector, gamma: float, clock: Clock) -> Horizon:
    """The section, from what was collected."""
    steps = 1.0 / (1.0 - gamma) if gamma < 1 else float("inf")
    rewards = np.array(collector.window_rewards)
    delay, strength = reward_delay(
        features(collector.env.action_space, collector.window_actions), rewards, collector.window_ends
    )
    targets = discounted_returns(rewards, collector.window_ends, gamma)
    reward = collector.episodes.rewards
    largest = max(abs(float(reward.low[0])), abs(float(reward.high[0]))) if reward.count else 0.0
    return Horizon(
        gamma=gamma,
        steps=steps,
        seconds=steps * clock.dt if clock.dt else None,
        clock=clock,
        delay=delay,
        delay_strength=strength,
        targets=Summary.of(targets[np.isfinite(targets)]),
        limit=largest * steps,
        gamma_for_seconds={s: 1 - clock.dt / s for s in HORIZONS_S if clock.dt and s > clock.dt},
        gamma_after_skip={k: gamma**k for k in SKIPS},
    )


def reward_delay(
    actions: npt.NDArray[np.float64] | None, rewards: npt.NDArray[np.float64], ends: list[int]
) -> tuple[int | None, float]:
    """Steps from an action to the reward that it explains best, and the explained share of its variance.

    Random actions are independent of each other and of the state, so a linear regression of the reward
    ``k`` steps later on the action alone is unbiased. Rewards *before* the action show how much chance
    explains. A delay counts if it is twice as clear as all of these.
    """
    if actions is None or len(rewards) < 200 or not np.isfinite(rewards).all() or np.ptp(rewards) == 0:
        return None, 0.0
    actions = actions[: len(rewards)]
    actions = actions[:, actions.std(axis=0) > 0]
    if not actions.shape[1]:
        return None, 0.0
    episode = np.zeros(len(rewards), dtype=np.int64)
    episode[[e + 1 for e in ends if e + 1 < len(rewards)]] = 1
    episode = np.cumsum(episode)
    most = min(MOST_LAG, len(rewards) // 10)
    after = [_explained(actions, rewards, episode, lag) for lag in range(most)]
    before = [_explained(actions, rewards, episode, -lag) for lag in range(1, most)]
    best = int(np.argmax([clarity for clarity, _ in after]))
    clarity, share = after[best]
    columns = actions.shape[1]
    chance = max(columns + 5 * (2 * columns) ** 0.5, *(2 * c for c, _ in before))
    return (best, share) if clarity > chance else (None, 0.0)


def _explained(actions: Any, rewards: Any, episode: Any, lag: int) -> tuple[float, float]:
    """How clearly the action explains the reward ``lag`` steps later: share times sample size, and share."""
    n = len(rewards) - abs(lag)
    early, late = slice(0, n), slice(abs(lag), None)
    same = episode[early] == episode[late]
    x, y = (actions[early], rewards[late]) if lag >= 0 else (actions[late], rewards[early])
    x, y = x[same], y[same]
    if len(x) < 100 or y.std() == 0:
        return 0.0, 0.0
    x, y = x - x.mean(axis=0), y - y.mean()
    weights = np.linalg.lstsq(x.T @ x, x.T @ y, rcond=1e-10)[0]
    share = float(1 - np.square(y - x @ weights).sum() / np.square(y).sum())
    return share * len(x), share


def horizon_flags(horizon: Horizon, scale: Scale, lengths: Summary) -> list[Flag]:
    """What is wrong or worth a look in rewards and discount."""
    flags = _targets(horizon, scale)
    if horizon.delay is not None and horizon.delay > horizon.steps:
        sentence = (
            f"The reward for an action comes {horizon.delay} steps later, but gamma {horizon.gamma:g} looks "
            f"{horizon.steps:.0f} steps ahead."
        )
        advice = f"Use gamma {1 - 1 / (2 * horizon.delay):.4g} or more."
        flags.append(Flag("delay-beyond-horizon", "look", sentence, advice))
    if np.isfinite(lengths.median) and lengths.median > 5 * horizon.steps:
        span = f" ({horizon.seconds:.3g} s)" if horizon.seconds else ""
        sentence = (
            f"Gamma {horizon.gamma:g} looks {horizon.steps:.0f} steps{span} ahead; the median episode has "
            f"{lengths.median:.0f} steps, so most of it is beyond the horizon."
        )
        flags.append(
            Flag(
                "horizon-short",
                "note",
                sentence,
                "Fine if rewards follow soon; otherwise raise gamma.",
            )
        )
    if horizon.clock.disagreement:
        flags.append(
            Flag(
                "clock-disagrees",
                "note",
                f"Two clocks: {horizon.clock.disagreement}.",
                "Set metadata['render_fps'] to 1/dt, or videos and human play run at the wrong speed.",
            )
        )
    return flags


def _targets(horizon: Horizon, scale: Scale) -> list[Flag]:
    """Whether value targets are of a size that networks learn well."""
    values, reward = horizon.targets, scale.reward
    if not reward.count or not np.isfinite(values.low) or reward.low == reward.high == 0:
        return []
    size = max(abs(values.low), abs(values.high))
    if horizon.gamma >= 1 and size <= TARGET_LOOK:
        return []
    divisor = short(float(f"{max(values.std, size / 10):.1g}"))
    met = f"Value targets go from {short(values.low)} to {short(values.high)}"
    rewards = f"rewards from {short(reward.low)} to {short(reward.high)}"
    discount = "" if horizon.gamma == DEFAULT_GAMMA else f", gamma={horizon.gamma:g}"
    advice = (
        f"rlprobe.RewardScale(env{discount}), or RewardScale(env, scale={divisor}), which divides by "
        f"{divisor}; never shift."
    )
    peak = max(abs(reward.low), abs(reward.high))
    if max(size, peak) > TARGET_HARMFUL:
        sentence = f"{met} ({rewards}): far too large to learn from."
        return [Flag("reward-scale", "harmful", sentence, advice)]
    if size > TARGET_LOOK:
        return [Flag("reward-scale", "look", f"{met} ({rewards}): large for a network.", advice)]
    if 0 < size < TARGET_SMALL:
        return [Flag("reward-scale", "look", f"{met} ({rewards}): very small.", advice)]
    return []
