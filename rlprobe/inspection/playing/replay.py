"""Play a stretch of random play again, from the place that a report names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import gymnasium as gym
import numpy as np

from rlprobe.environments.random_policy import RandomActions, VectorActions
from rlprobe.environments.signals import first_number
from rlprobe.inspection.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlprobe.inspection.measures.episodes import Episode
    from rlprobe.inspection.playing.watchdog import Heartbeat


class Moment(NamedTuple):
    """One observation of the play.

    Args:
        observation: as the environment returned it.
        reward: of the step that led to it; 0 after a reset.
        over: whether the step ended the episode.
        began: whether a reset returned it.
        action: that led to it; None after a reset.
    """

    observation: Any
    reward: float
    over: bool
    began: bool
    action: Any


def replay(
    env: gym.Env[Any, Any] | gym.vector.VectorEnv[Any, Any, Any],
    seed: int,
    step: int,
    *,
    after_reset: bool = False,
    copy: int | None = None,
) -> tuple[Any, float]:
    """Play the random policy again up to a place that the report names.

    Args:
        env: the environment, or the vector environment if the place is in one of its copies.
        seed: the seed of the place.
        step: the step of the place; 0 is the observation of the reset.
        after_reset: whether to return the observation of the reset after this step.
        copy: which environment of the vector environment.

    Returns:
        The observation there and the reward of the step to it.

    Raises:
        ValueError: ``copy`` without a vector environment, or a vector environment without it.
    """
    if isinstance(env, gym.vector.VectorEnv) != (copy is not None):
        raise ValueError("expected a vector environment and which copy of it, or one environment and no copy")
    if isinstance(env, gym.vector.VectorEnv):
        return _replay_copy(env, seed, step, int(copy or 0))
    found: tuple[Any, float] = (None, 0.0)
    for moment in replayed(env, seed, step):
        found = moment.observation, moment.reward
    return (env.reset()[0], 0.0) if after_reset else found


def _replay_copy(
    env: gym.vector.VectorEnv[Any, Any, Any], seed: int, step: int, copy: int
) -> tuple[Any, float]:
    actions = VectorActions(env.single_action_space, env.num_envs)
    actions.restart(seed)
    observations, rewards = env.reset(seed=seed)[0], np.zeros(env.num_envs)
    for _ in range(step):
        observations, rewards, *_ = env.step(actions.draw())
    return observations[copy], float(rewards[copy])


def replayed(
    env: gym.Env[Any, Any], seed: int, steps: int, *, actions_of: int | None = None
) -> Iterator[Moment]:
    """Every observation from the seeded reset on; a reset follows an end only if further steps follow it.

    Args:
        env: the environment.
        seed: of the reset.
        steps: how many.
        actions_of: another seed for the actions.
    """
    actions = RandomActions(env.action_space)
    actions.restart(seed if actions_of is None else actions_of)
    observation, _ = env.reset(seed=seed)
    yield Moment(observation, 0.0, over=False, began=True, action=None)
    over = False
    for _ in range(steps):
        if over:
            observation, _ = env.reset()
            yield Moment(observation, 0.0, over=False, began=True, action=None)
        action = actions.draw()
        observation, reward, terminated, truncated, _ = env.step(action)
        over = bool(terminated or truncated)
        yield Moment(observation, first_number(reward), over=over, began=False, action=action)


def replay_return(env: gym.Env[Any, Any], episode: Episode, heartbeat: Heartbeat) -> float:
    """The undiscounted return of ``episode`` when it is played again."""
    earned, done = 0.0, 0
    for moment in replayed(env, episode.seed, episode.start + episode.length):
        heartbeat.beat(f"playing the best episode again, {Place(episode.seed, done)}")
        done += not moment.began
        earned += moment.reward if done > episode.start else 0.0
    return earned
