"""Play a stretch of random play again, from the seed and the step that a report names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.inspection.collect import Place
from rlprobe.inspection.random_actions import RandomActions

if TYPE_CHECKING:
    from collections.abc import Iterator

    import gymnasium as gym

    from rlprobe.inspection.episodes import Episode
    from rlprobe.inspection.watch import Pulse


def replay(env: gym.Env[Any, Any], seed: int, step: int) -> tuple[Any, float]:
    """Play the random policy again up to a place that the report names.

    Args:
        env: the environment.
        seed: the seed of the place.
        step: the step of the place; 0 is the observation of the reset.

    Returns:
        The observation there and the reward of the step to it.
    """
    last = (None, 0.0)
    for observation, reward, *_ in replayed(env, seed, step):
        last = observation, reward
    return last


def replayed(env: gym.Env[Any, Any], seed: int, steps: int) -> Iterator[tuple[Any, float, bool, bool, Any]]:
    """Every observation from the reset on, with reward, whether it ended, whether it began, and action."""
    actions = RandomActions(env.action_space)
    actions.restart(seed)
    observation, _ = env.reset(seed=seed)
    yield observation, 0.0, False, True, None
    over = False
    for _ in range(steps):
        if over:
            observation, _ = env.reset()
            yield observation, 0.0, False, True, None
        action = actions.draw()
        observation, reward, terminated, truncated, _ = env.step(action)
        over = bool(terminated or truncated)
        yield observation, float(reward), over, False, action


def replay_return(env: gym.Env[Any, Any], episode: Episode, pulse: Pulse) -> float:
    """The undiscounted return of ``episode`` when it is played again."""
    earned, number = 0.0, 0
    for _, reward, _, began, _ in replayed(env, episode.seed, episode.start + episode.length):
        pulse.beat(f"playing the best episode again, {Place(episode.seed, number)}")
        number += not began
        earned += reward if number > episode.start else 0.0
    return earned
