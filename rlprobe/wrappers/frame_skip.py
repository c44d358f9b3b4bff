"""Repeat each action for several steps of one environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from gymnasium.wrappers import Autoreset

from rlprobe.environments.layers import layers
from rlprobe.environments.nests import kept
from rlprobe.environments.signals import number, over, telling
from rlprobe.wrappers.face import ArgumentsInSpec, closed, require_env
from rlprobe.wrappers.skipping import Pool, Skip, check_pool, check_skip, skip_metadata, warn_nesting

if TYPE_CHECKING:
    from collections.abc import Callable


class FrameSkip(ArgumentsInSpec, gym.Wrapper[Any, Any, Any, Any]):
    """Repeat each action for ``skip`` steps and add the rewards; stop at the end of an episode.

    The observation is always the last one of the environment, also if the episode ends inside the skip, so
    the final observation is the true one. ``metadata["render_fps"]`` is divided by the skip, so that videos
    play at the speed of the environment. ``control_hz`` is the number of actions per second of the
    environment. ``info["rlprobe"]["frames"]`` is the number of steps that the action took.

    Args:
        env: a single environment; vector ones take ``rlprobe.wrappers.vector.FrameSkip``.
        skip: number of steps, or ``(low, high)`` for a number drawn uniformly from ``low..high`` at each
            action, from the environment's own generator.
        pool: ``"last"`` for the last observation; ``"max"`` for the elementwise maximum of the last two of
            this skip, as Atari preprocessing does (Mnih et al. 2015: consoles draw some sprites in every
            other frame); ``"max-all"`` for the maximum of all of them, which also sees what is drawn in one
            frame of three or four, and smears what moves over more of them. A single one is left as it is.
        record_inner: put what happened within the skip into ``info["rlprobe"]``: ``inner_observations``,
            ``inner_rewards`` and, where the environment renders pictures, ``inner_frames``; each as a list
            with one item per frame.

    ``on_frame``, if set to a function, is called with this wrapper after each inner step, so that a recorder
    can take a picture of every frame.

    Raises:
        TypeError: ``env`` is a vector environment or none at all, or ``skip`` is no integer; from ``step``, a
            reward, flag or info of another type.
        ValueError: a skip below 1, an unknown pool, or a pool of maxima where observations are no arrays.

    >>> env = FrameSkip(gym.make("CartPole-v1"), 4)
    >>> _ = env.reset(seed=0)
    >>> _, reward, *_, info = env.step(0)
    >>> reward, info["rlprobe"]["frames"], env.control_hz, env.metadata["render_fps"]
    (4.0, 4, 12.5, 12.5)
    """

    on_frame: Callable[[FrameSkip], None] | None = None

    def __init__(
        self,
        env: gym.Env[Any, Any],
        skip: Skip = 4,
        *,
        pool: Pool = "last",
        record_inner: bool = False,
    ) -> None:
        require_env(self, env)
        gym.Wrapper.__init__(self, env)
        self.skip = check_skip(skip)
        self.pool = check_pool(pool, env.observation_space)
        self.record_inner = bool(record_inner)
        self.metadata, self.control_hz = skip_metadata(env, self.skip)
        self._closed = self._ended = False
        self._autoreset = any(isinstance(layer, Autoreset) for layer in layers(env))
        self._nested = any(isinstance(layer, FrameSkip) for layer in layers(env))
        warn_nesting(self, env)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Repeat ``action``; the rewards of the frames are added."""
        if self._closed:
            raise closed(self)
        if self._ended:
            return self._step_that_resets(action)
        total, frames = 0.0, 0
        pooled = observation = None
        inner: dict[str, list[Any]] = {}
        for frame in range(self._draw()):
            if frame and self.pool != "last":
                pooled = self._pooled(pooled, observation)
            observation, reward, terminated, truncated, info = self.env.step(action)
            total += reward if type(reward) is float else number(reward)
            frames += info["rlprobe"]["frames"] if self._nested else 1
            if self.record_inner:
                self._record(inner, observation, reward)
            if self.on_frame is not None:
                self.on_frame(self)
            if (terminated is not False or truncated is not False) and over(terminated, truncated):
                self._ended = self._autoreset
                break
        if pooled is not None:
            observation = np.maximum(pooled, np.asarray(observation))
        return observation, total, terminated, truncated, telling(info, frames=frames, **inner)

    def _pooled(self, pooled: Any, observation: Any) -> Any:
        """What the next frame is pooled with: the last one, or the maximum of all so far; never a buffer."""
        if pooled is None or self.pool == "max":
            return np.array(observation)
        return np.maximum(pooled, np.asarray(observation), out=pooled)

    def _step_that_resets(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """The step after an end, with which ``gymnasium.wrappers.Autoreset`` begins the next episode."""
        self._ended = False
        observation, reward, terminated, truncated, info = self.env.step(action)
        return observation, number(reward), terminated, truncated, telling(info, frames=0)

    def _draw(self) -> int:
        """How often the next action is repeated."""
        if isinstance(self.skip, int):
            return self.skip
        low, high = self.skip
        return int(self.np_random.integers(low, high + 1))

    def _record(self, inner: dict[str, list[Any]], observation: Any, reward: Any) -> None:
        inner.setdefault("inner_observations", []).append(kept(observation))
        inner.setdefault("inner_rewards", []).append(number(reward))
        if self.render_mode == "rgb_array":
            inner.setdefault("inner_frames", []).append(kept(self.env.render()))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Reset; nothing is skipped."""
        if self._closed:
            raise closed(self)
        self._ended = False
        return self.env.reset(seed=seed, options=options)

    def close(self) -> None:
        """Close the environment."""
        self._closed = True
        self.env.close()
