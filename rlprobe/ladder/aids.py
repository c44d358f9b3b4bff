"""What makes a task easier: starts near the goal, fewer steps, shaped rewards, held actions, features."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import gymnasium as gym
import numpy as np
from gymnasium import spaces

from rlprobe.environments.nests import kept
from rlprobe.environments.opening import CannotCopyError, another
from rlprobe.environments.random_policy import RandomActions
from rlprobe.environments.signals import first_number
from rlprobe.maps.world.access import Access, CannotSetError
from rlprobe.maps.world.parts import parts_in
from rlprobe.maps.world.plane import PlaneError

if TYPE_CHECKING:
    from collections.abc import Callable

HOLDS: Final = (1, 4, 8, 16, 32)
SEARCH_EPISODES: Final = 40
CUT_AFTER_STEPS: Final = 1_000
"""Episodes of environments without a time limit are cut after so many steps."""
SPARSE_FROM: Final = 0.8
"""Share of random episodes with the same return, from which rewards are sparse."""
NEAR_SHARES: Final = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
"""How far along an episode that reached the goal the others may begin; the first that is not too easy."""
TOO_EASY_FROM: Final = 0.5
"""Share of random episodes that reach the goal."""
TRIED_EPISODES: Final = 20


@dataclass(frozen=True)
class Success:
    """An episode that reached more than the usual random one.

    Args:
        seed: of its reset.
        actions: all of them.
        total: its return.
        usual: the return of most random episodes.
        share: how far along it the episodes of a near start begin.
        states: of the environment before each action, where they can be read and set; else empty.
    """

    seed: int
    actions: tuple[Any, ...]
    total: float
    usual: float = 0.0
    share: float = NEAR_SHARES[0]
    states: tuple[Any, ...] = ()

    @property
    def remaining(self) -> float:
        """Steps from where episodes begin to the goal."""
        return len(self.actions) * (1.0 - self.share)


def access_to(env: gym.Env[Any, Any]) -> Access | None:
    """What sets the state of a copy of ``env``; None where that cannot be done."""
    try:
        own = another(env)
        return Access(own, parts_in(own))
    except (CannotSetError, CannotCopyError, PlaneError):
        return None


def success(
    env: gym.Env[Any, Any], more: Callable[[], bool], read: Callable[[Any], Any] | None = None
) -> Success | None:
    """The best episode of random play, with actions held for some steps, if it reached more than most.

    None where returns differ in most episodes anyway (there is a signal everywhere), or never.

    Args:
        env: the environment.
        more: whether there is time for another episode.
        read: the state of ``env`` where it shows an observation; kept along the episode.
    """
    found: list[Success] = []
    for hold in HOLDS:
        for number in range(SEARCH_EPISODES):
            if not more():
                break
            played = _played(env, more, read, seed=1_000 * hold + number, hold=hold)
            found += [played] if played is not None else []
    if not found:
        return None
    totals = np.array([one.total for one in found])
    plain = totals[:SEARCH_EPISODES]
    usual = float(np.median(plain))
    if np.isclose(plain, usual).mean() < SPARSE_FROM or totals.max() <= usual + 1e-9:
        return None
    return replace(found[int(totals.argmax())], usual=usual)


def _played(
    env: gym.Env[Any, Any],
    more: Callable[[], bool],
    read: Callable[[Any], Any] | None,
    *,
    seed: int,
    hold: int,
) -> Success | None:
    """One episode of random play; None if time is up before its end."""
    draw = RandomActions(env.action_space)
    draw.restart(seed)
    observation, _ = env.reset(seed=seed)
    actions: list[Any] = []
    states: list[Any] = []
    total, over = 0.0, False
    while not over and len(actions) < CUT_AFTER_STEPS:
        if read is not None:
            states.append(read(observation))
        if len(actions) % hold == 0:
            action = draw.draw()
        observation, reward, terminated, truncated, _ = env.step(action)
        actions.append(action)
        total += first_number(reward)
        over = bool(terminated or truncated)
        if not (over or more()):
            return None
    return Success(seed, tuple(actions), total, states=tuple(states))


class NearStart(gym.Wrapper[Any, Any, Any, Any]):
    """Begins episodes near the end of a successful one: sets its state, or replays its first actions."""

    def __init__(self, env: gym.Env[Any, Any], known: Success) -> None:
        super().__init__(env)
        self.known = known
        self._access = Access(env, parts_in(env)) if known.states else None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin where most of the success has passed."""
        count = int(len(self.known.actions) * self.known.share)
        if self._access is not None:
            _, info = self.env.reset(seed=seed, options=options)
            return self._access.observation(self.known.states[count]), info
        observation, info = self.env.reset(seed=self.known.seed, options=options)
        for action in self.known.actions[:count]:
            observation, _, terminated, truncated, info = self.env.step(action)
            if terminated or truncated:
                return self.env.reset(seed=seed, options=options)
        return observation, info


def placed(env: gym.Env[Any, Any], known: Success, more: Callable[[], bool]) -> Success:
    """The success with starts from which random play reaches the goal at times, but not mostly."""
    for share in NEAR_SHARES:
        near = replace(known, share=share)
        reached = _reached(NearStart(env, near), more)
        if reached <= TOO_EASY_FROM or not more():
            break
    return near


def _reached(env: NearStart, more: Callable[[], bool]) -> float:
    """The share of random episodes that terminate as the success did, rather than run on."""
    draw, hits, tried = RandomActions(env.action_space), 0, 0
    while tried < TRIED_EPISODES and more():
        env.reset(seed=tried)
        done = int(len(env.known.actions) * env.known.share)
        steps, over, total = 0, False, 0.0
        while not over and steps < 2 * (len(env.known.actions) - done):
            _, reward, terminated, truncated, _ = env.step(draw.draw())
            steps, total, over = steps + 1, total + first_number(reward), bool(terminated or truncated)
        hits += over and bool(terminated)
        tried += 1
    return hits / max(1, tried)


def repeats(env: gym.Env[Any, Any], success: Success) -> bool:
    """Whether replaying an episode gives the same return, and twice the same observations."""
    one, other = _replayed(env, success), _replayed(env, success)
    same = len(one[1]) == len(other[1]) and all(map(_equal, one[1], other[1]))
    return same and bool(np.isclose(one[0], success.total))


def _replayed(env: gym.Env[Any, Any], success: Success) -> tuple[float, list[Any]]:
    """Return and observations of the actions of an episode, from its seed."""
    env.reset(seed=success.seed)
    total, seen = 0.0, []
    for action in success.actions:
        observation, reward, terminated, truncated, _ = env.step(action)
        total += first_number(reward)
        seen.append(kept(observation))
        if terminated or truncated:
            break
    return total, seen


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_equal(one[key], other[key]) for key in one)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(_equal, one, other))
    return bool(np.array_equal(one, other))


class Features(gym.ObservationWrapper[Any, Any, Any]):
    """Shows the numbers that ``features`` reads from an observation, in place of pixels.

    Raises:
        ValueError: ``features`` returns no fixed number of finite numbers.
    """

    def __init__(self, env: gym.Env[Any, Any], features: Callable[[Any], Any]) -> None:
        super().__init__(env)
        self._features = features
        first = np.asarray(features(kept(env.reset(seed=0)[0])), np.float32)
        if first.ndim != 1 or not np.isfinite(first).all():
            raise ValueError(f"features: expected finite numbers of shape (n,), got shape {first.shape}")
        self.observation_space = spaces.Box(-np.inf, np.inf, first.shape, np.float32)

    def observation(self, observation: Any) -> Any:
        """The features of an observation."""
        return np.asarray(self._features(observation), np.float32)
