"""The likelihood of the actions of one run, given what is wrong with the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box

from rlprobe.diagnosis.training.best_actions import best_numbers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial
    from rlprobe.faults.declaration import Actor

SURPRISING_BELOW = 0.03
"""Behaviour less likely than this under an explanation counts as evidence against it."""
BEHAVIOURS = (
    "best",
    "worst",
    "worst, untried",
    "ignores_observation",
    "unscaled",
    "untried",
    "other",
    "partly",
    "indifferent",
)
P_BEHAVIOUR: dict[Actor, tuple[float, ...]] = {
    "best": (0.948, 0.005, 0.001, 0.015, 0.005, 0.004, 0.018, 0.002, 0.002),
    "worst": (0.02, 0.5, 0.4, 0.02, 0.01, 0.02, 0.024, 0.001, 0.005),
    "not_best": (0.01, 0.15, 0.1, 0.1, 0.01, 0.25, 0.365, 0.01, 0.005),
    "ignores_observation": (0.02, 0.008, 0.002, 0.945, 0.01, 0.005, 0.004, 0.001, 0.005),
    "guess": (0.22, 0.2, 0.03, 0.43, 0.02, 0.02, 0.055, 0.005, 0.02),
    "follows_large_inputs": (0.05, 0.03, 0.02, 0.59, 0.05, 0.05, 0.19, 0.01, 0.01),
    "untrained": (0.19, 0.13, 0.01, 0.19, 0.14, 0.01, 0.27, 0.01, 0.05),
    "still": (0.07, 0.05, 0.005, 0.07, 0.05, 0.005, 0.095, 0.005, 0.65),
    "unscaled": (0.01, 0.005, 0.005, 0.01, 0.945, 0.01, 0.009, 0.001, 0.005),
    "untried": (0.6, 0.01, 0.16, 0.04, 0.01, 0.155, 0.018, 0.002, 0.005),
    "any": (0.395, 0.13, 0.02, 0.1, 0.05, 0.02, 0.175, 0.1, 0.01),
}
"""Probability of each of ``BEHAVIOURS`` in one seed, given what is wrong with the actor. Where it is
unknown whether a policy prefers anything, the others share the last one's. Of several numbers of an action,
hardly any fault of the catalogue leaves some right and others wrong: ``"partly"``."""
UNTRIED_BELOW = 0.02
"""An action taken in a smaller share of the steps at an observation counts as not tried there..."""
TRIED_AT_FIRST_Z = 2.3
"""... unless it was taken at first about as often as by chance, within so many standard errors: a policy that
came to avoid an action has tried it."""


def action_likelihood(run: Run, result: Result, actor: Actor) -> float:
    """Log probability of the actions of one run."""
    return 0.0 if run.timed_out else float(np.log(_chance(run, result, actor)))


def surprises(run: Run, result: Result, actor: Actor) -> bool:
    """Whether the actions of one run are evidence against an actor of this kind."""
    return not run.timed_out and _chance(run, result, actor) <= SURPRISING_BELOW


def untried(run: Run, trial: Trial) -> bool:
    """Whether the agent misses a best action because it hardly ever took it."""
    if run.action_counts is None or run.actions is None or run.solved:
        return False
    choices, counts = trial.choices(run.gamma), run.action_counts
    first = trial.first_action
    missed = choices.on_path & ~choices.best[np.arange(len(counts)), run.actions.astype(int) - first]
    tried = (counts * choices.best).sum(axis=1)
    rare = tried < UNTRIED_BELOW * counts.sum(axis=1)
    if run.early_counts is not None:
        early, by_chance = run.early_counts, choices.best.mean(axis=1)
        error = np.sqrt(by_chance * (1.0 - by_chance) * early.sum(axis=1))
        tried_early = (early * choices.best).sum(axis=1)
        rare &= tried_early + 0.5 <= by_chance * early.sum(axis=1) - TRIED_AT_FIRST_Z * error
    return bool(rare[missed].any())


def _chance(run: Run, result: Result, actor: Actor) -> float:
    chances = P_BEHAVIOUR[actor]
    known = 1.0 if run.indifferent is not None else 1.0 - chances[-1]
    return chances[BEHAVIOURS.index(_behaviour(run, result))] / known


def _behaviour(run: Run, result: Result) -> str:
    if run.solved:
        return "best"
    if run.indifferent:
        return "indifferent"
    trial = result.trial
    if run.actions is None:
        return "other"
    if run.actions.dtype.kind == "f":
        return _continuous_behaviour(run.actions[0].reshape(-1), trial)
    first = trial.first_action
    worst = trial.choices(run.gamma).worst
    if worst[np.arange(len(run.actions)), run.actions.astype(int) - first].all():
        return "worst, untried" if untried(run, trial) else "worst"
    if len(run.actions) > 1 and len(np.unique(run.actions)) == 1:
        return "ignores_observation"
    if any(right_components(run.actions, trial)):
        return "partly"
    return "untried" if untried(run, trial) else "other"


def right_components(actions: NDArray[Any], trial: Trial) -> list[bool]:
    """For each number of an action whether it is best at every observation; empty for single numbers."""
    sizes = trial.options.get("sizes")
    if sizes is None:
        return []
    best = trial.choices(trial.setting.gamma).best.argmax(axis=1)
    pairs = zip(np.unravel_index(actions.astype(int), sizes), np.unravel_index(best, sizes), strict=True)
    return [bool((one == other).all()) for one, other in pairs]


SMALL_FROM, NEAR = 0.5, 0.1
"""An action below this number is not that of a policy which stays in [-1, 1]. A share of the upper bound by
which an action may be off; the others may be off by more, up to the bound."""


def _continuous_behaviour(action: NDArray[Any], trial: Trial) -> str:
    """On a Box: ``"worst"`` at the bounds far from the optimum, ``"unscaled"`` without scale or offset.

    Of several numbers: ``"unscaled"`` if the second one stays near 1 or near the upper bound of the first, or
    if the second one is right and the first one cannot be negative.
    """
    space = trial.mdp.action_space
    assert isinstance(space, Box)
    low, high = space.low.reshape(-1), space.high.reshape(-1)
    best = best_numbers(trial.mdp)
    far = np.where(best - low > high - best, low, high)
    if (abs(action - far) < NEAR * (high - low)).all():
        return "worst"
    if len(action) > 1:
        off = abs(action - best) / high
        small = SMALL_FROM <= action[1] <= (1.0 + NEAR) * high[0] < high[1] and off[0] <= 2.5 * NEAR
        not_below_0 = abs(action[0]) <= NEAR * high[0] and best[0] < 0.0 and off[1] <= 2.5 * NEAR
        return "unscaled" if small or not_below_0 else "other"
    half, one = float(high[0] - low[0]) / 2, float(action[0])
    return "unscaled" if abs(one) <= 1.05 or abs(one - half) <= 0.05 * half else "other"
