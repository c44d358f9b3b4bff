"""Which actions of a probe are optimal, and what random play is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box

from probe_envs import evaluate, solve
from probe_envs.mdp import is_one_step
from rlprobe.diagnosis.training.continuous import STILL_WITHIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from probe_envs import MDP
    from rlprobe.diagnosis.trial import Trial

LOST_REWARD_ALLOWED = 0.02
"""A continuous action counts as optimal if it loses at most this much reward."""
LOST_REWARD_IN_REACH = 0.06
"""An agent whose continuous action loses less reward than this may still be learning, so it does not fail.
Forgetting the offset of the action space loses 0.0625, which is more."""

TIED_WITHIN = 0.01
"""Action values are tied if they differ by less than this share of what rewards differ by."""


def values_of_random_play(trial: Trial, gamma: float) -> NDArray[np.float64]:
    """``(n,)``: the values of the queried observations under a policy that chooses uniformly."""
    solution = evaluate(
        trial.mdp, lambda _: np.full(len(trial.mdp.actions), 1 / len(trial.mdp.actions)), gamma
    )
    clock = trial.mdp.time_limit or 1
    of_state = trial.observed.of_situation[: len(solution.V) * clock : clock]
    return np.array([solution.V[of_state == view].min() for view in trial.observed.queried])


def all_alike(mdp: MDP, gamma: float, *, several: bool = False) -> bool:
    """Whether there are several actions, all equally good in every state.

    ``several``: whether the agent has, even if the process has one.
    """
    if mdp.pays is not None or not (several or isinstance(mdp.action_space, Box) or len(mdp.actions) > 1):
        return False
    return bool(solve(mdp, gamma).optimal.all())


def payments(mdp: MDP) -> list[float] | None:
    """The reward of each discrete action, if every episode is one step from one state; None otherwise."""
    if isinstance(mdp.action_space, Box) or len(mdp.start) != 1 or not is_one_step(mdp):
        return None
    [state] = mdp.start
    laws = [mdp.step(state, action) for action in mdp.actions]
    return [sum(p * reward for (_, reward), p in law.items()) for law in laws]


def best_numbers(mdp: MDP) -> NDArray[np.float64]:
    """``(k,)``: the numbers of the best continuous action, where only the reward depends on it."""
    assert mdp.pays is not None
    actions = np.asarray(mdp.actions, float).reshape(len(mdp.actions), -1)
    return np.asarray(actions[np.argmax(mdp.pays(actions))])


def past_the_best(mdp: MDP, action: NDArray[Any]) -> bool:
    """Whether every number of a continuous action lies between the best one and the bound next to it.

    A policy that a hyperbolic tangent limits comes back from there slowly, and one whose mean has left the
    bounds acts at the bound; hardly any fault leads there.
    """
    space = mdp.action_space
    if not isinstance(space, Box) or mdp.pays is None:
        return False
    best, taken = best_numbers(mdp), np.asarray(action, float).reshape(-1)
    low, high = space.low.reshape(-1), space.high.reshape(-1)
    return bool(np.where(high - best < best - low, best <= taken, taken <= best).all())


def stuck(trial: Trial, early: NDArray[Any], late: NDArray[Any]) -> bool:
    """Whether one number of a continuous action stands still where it alone loses much reward.

    Args:
        trial: the trial.
        early: ``(1, k)`` the action at one time.
        late: ``(1, k)`` the action later.
    """
    pays = trial.mdp.pays
    if pays is None or late.dtype.kind != "f":
        return False
    best = best_numbers(trial.mdp)
    alone = np.where(np.eye(best.size, dtype=bool), late.reshape(-1)[:, None], best)
    lost = pays(best[None]) - pays(alone)
    same = abs(late - early).reshape(-1) < STILL_WITHIN
    return bool((same & (lost > LOST_REWARD_IN_REACH)).any())


def where_actions_differ(trial: Trial, gamma: float) -> NDArray[np.bool_]:
    """``(n,)``: at which queried observations one action is better than another."""
    return np.asarray(~trial.choices(gamma).best.all(axis=1))


def judge_actions(trial: Trial, gamma: float) -> Callable[[NDArray[Any]], NDArray[np.bool_]]:
    """A function from actions to ``(n,)`` booleans: whether each is optimal at its queried observation.

    At observations that an optimal policy never visits, every action counts as optimal.
    """
    if isinstance(trial.mdp.action_space, Box):
        solution = solve(trial.mdp, gamma)
        states = solution.table.states

        def near_best(actions: NDArray[Any]) -> NDArray[np.bool_]:
            laws = [trial.mdp.step(s, a) for s, a in zip(states, actions, strict=False)]
            earned = np.array([sum(p * r for (_, r), p in law.items()) for law in laws])
            past = np.array([past_the_best(trial.mdp, action) for action in actions[: len(earned)]])
            allowed = np.where(past, LOST_REWARD_IN_REACH, LOST_REWARD_ALLOWED)
            return np.asarray(solution.V[: len(earned)] - earned <= allowed)

        return near_best
    choices = trial.choices(gamma)
    first = trial.first_action
    every = np.arange(len(choices.on_path))
    return lambda actions: choices.best[every, np.asarray(actions, int) - first] | ~choices.on_path


def tied(agent: Any, trial: Trial, matters: NDArray[np.bool_]) -> bool:
    """Whether an agent has learned action values that are all but equal where one action is better.

    Which one it calls best is then a matter of noise, and says nothing of how it explores.

    Args:
        agent: the agent.
        trial: the trial.
        matters: ``(n,)``: at which queried observations one action is better than another.
    """
    if not callable(getattr(agent, "q_values", None)) or not matters.any():
        return False
    values = np.sort(np.asarray(agent.q_values(trial.queried[matters]), np.float64), axis=1)
    pays = [r for s in trial.mdp.start for a in trial.mdp.actions for _, r in trial.mdp.step(s, a)]
    return bool((values[:, -1] - values[:, -2] < TIED_WITHIN * np.ptp(pays)).all())
