"""Repeat each action for several steps of one environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from rlprobe.wrappers.face import ArgumentsInSpec, closed, require_env
from rlprobe.wrappers.skipping import Pool, Skip, check_pool, check_skip, skip_metadata, warn_nesting

if TYPE_CHECKING:
    from collections.abc import Callable


class FrameSkip(ArgumentsInSpec, gym.Wrapper[Any, Any, Any, Any]):
    """Repeat each action for ``skip`` steps, adding the rewards; stop where the episode ends.

    The observation is the last one that the environment returned, wherever in the skip the episode ends, so
    that the terminal observation is the true one. ``metadata["render_fps"]`` is divided by the skip, so that
    videos play at the speed of the environment, and ``control_hz`` says how often per second of the
    environment an action is taken. ``info["rlprobe"]["frames"]`` is the number of steps that the action took.

    Args:
        env: a single environment; vector ones take ``rlprobe.wrappers.vector.FrameSkip``.
        skip: number of steps, or ``(low, high)`` for a number drawn uniformly from ``low..high`` at each
            action, from the environment's own generator.
        pool: ``"last"`` for the last observation, ``"max"`` for the elementwise maximum of the last two of
            this skip (for games that draw sprites in alternating frames); a single one is returned as it is.
        record_inner: put what happened within the skip into ``info["rlprobe"]``: ``inner_observations``,
            ``inner_rewards`` and, where the environment renders pictures, ``inner_frames``; each as a list
            with one item per frame.

    ``on_frame``, if set to a function, is called with this wrapper after each inner step, so that a recorder
    can take a picture of every frame.

    Raises:
        TypeError: ``env`` is a vector environment or none at all, or ``skip`` is no integer.
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
        self._closed = False
        warn_nesting(self, env)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Repeat ``action``; the rewards of the frames are added."""
        if self._closed:
            raise closed(self)
        total, frames = 0.0, 0
        before = observation = None
        inner: dict[str, list[Any]] = {"inner_observations": [], "inner_rewards": [], "inner_frames": []}
        for frame in range(self._draw()):
            if frame:
                before = observation
                if self.pool == "max":
                    before = np.array(before)  # the environment may reuse its buffer
            observation, reward, terminated, truncated, info = self.env.step(action)
            total += float(reward)
            frames += 1
            if self.record_inner:
                self._record(inner, observation, reward)
            if self.on_frame is not None:
                self.on_frame(self)
            if terminated or truncated:
                break
        if self.pool == "max" and before is not None:
            observation = np.maximum(before, np.asarray(observation))
        self._tell(info, frames, inner)
        return observation, total, terminated, truncated, info

    def _tell(self, info: dict[str, Any], frames: int, inner: dict[str, list[Any]]) -> None:
        """Say in ``info`` what happened within the skip; the frames of nested ones multiply."""
        ours = info.setdefault("rlprobe", {})
        ours["frames"] = frames * ours.get("frames", 1)
        ours.update({key: values for key, values in inner.items() if values})

    def _draw(self) -> int:
        """How often the next action is repeated."""
        if isinstance(self.skip, int):
            return self.skip
        low, high = self.skip
        return int(self.np_random.integers(low, high + 1))

    def _record(self, inner: dict[str, list[Any]], observation: Any, reward: Any) -> None:
        inner["inner_observations"].append(_kept(observation))
        inner["inner_rewards"].append(float(reward))
        if self.render_mode == "rgb_array":
            inner["inner_frames"].append(self.env.render())

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Reset; nothing is skipped."""
        if self._closed:
            raise closed(self)
        return self.env.reset(seed=seed, options=options)

    def close(self) -> None:
        """Close the environment."""
        self._closed = True
        self.env.close()


def _kept(observation: Any) -> Any:
    """``observation`` as it is now, even if the environment reuses its buffer."""
    return observation.copy() if isinstance(observation, np.ndarray) else observation
