"""A probe as a ``gymnasium.Env``."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any, ClassVar

import gymnasium as gym
import numpy as np

from probe_envs.actions import check_action
from probe_envs.dynamics import Dynamics
from probe_envs.streams import draw_block

if TYPE_CHECKING:
    from probe_envs.mdp import MDP

BLOCK = 128


class ProbeEnv(gym.Env[Any, Any]):
    """The environment of one MDP, exact to its declaration.

    Args:
        mdp: the process.
        render_mode: ``"rgb_array"`` or ``"ansi"``: the process with the current state marked.

    Raises:
        ValueError: an action is outside the action space, or ``step`` is called after the end.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array", "ansi"], "render_fps": 4}  # type: ignore[misc]

    def __init__(self, mdp: MDP, *, render_mode: str | None = None) -> None:
        if render_mode not in {None, *self.metadata["render_modes"]}:
            raise ValueError(f"render_mode: expected 'rgb_array', 'ansi' or None, got {render_mode!r}")
        self.dynamics = Dynamics(mdp)
        self.render_mode = render_mode
        self.action_space = self.dynamics.action_space
        self.observation_space = self.dynamics.observation_space
        self._views = self.dynamics.views
        self._first = int(getattr(self.action_space, "start", 0))
        self._code = self.dynamics.codes
        self._last: tuple[Any, float] | None = None
        self._draws: list[int] = []
        self._drawn_from: np.random.Generator | None = None
        steps = self.dynamics.steps
        self._threshold, self._next, self._reward = (
            steps.threshold.tolist(),
            steps.code.tolist(),
            steps.reward.tolist(),
        )

    @property
    def mdp(self) -> MDP:
        """The declaration this environment was made from."""
        return self.dynamics.mdp

    @property
    def state(self) -> Any:
        """The state of the process; after the end, the state that was left."""
        return self.dynamics.state(self._code)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode; the same seed gives the same episodes."""
        super().reset(seed=seed)
        if seed is not None:
            self._draws = []
        starts = self.dynamics.starts
        self._code = int(starts.code[0, bisect_right(starts.threshold[0], self._draw())])
        self._last = None
        return self._view(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take one step; raises ``ValueError`` on an action outside the space or after the end."""
        dynamics = self.dynamics
        if self._code >= dynamics.truncated_from:
            raise ValueError("step() was called before reset() or after the end of the episode; call reset()")
        column = check_action(self.action_space, action)
        if column is None:
            threshold, codes, rewards = dynamics.law(self._code, action)
            k = bisect_right(threshold, self._draw())
            code, reward = codes[k], rewards[k]
        else:
            i = self._code * dynamics.actions + column
            k = bisect_right(self._threshold[i], self._draw())
            code, reward = self._next[i][k], self._reward[i][k]
        self._code, self._last = code, (action, reward)
        truncated = dynamics.truncated_from <= code < dynamics.terminated_from
        return self._view(), reward, code >= dynamics.both_from, truncated, {}

    def render(self) -> Any:
        """A picture of the process, ``(height, width, 3)`` uint8, or its text."""
        if self.render_mode is None:
            raise ValueError("render() needs a render mode: gym.make(..., render_mode='rgb_array' or 'ansi')")
        from probe_envs import picture

        draw = picture.text if self.render_mode == "ansi" else picture.image
        return draw(self.dynamics, self._code, self._last)

    def _view(self) -> Any:
        view = self._views[self._code]
        return view.copy() if isinstance(view, np.ndarray) and view.ndim else view

    def _draw(self) -> int:
        if not self.dynamics.random:
            return 0
        generator = self.np_random
        if not self._draws or self._drawn_from is not generator:
            self._drawn_from = generator
            self._draws = draw_block(generator, BLOCK, self.dynamics.word)[::-1].tolist()
        return self._draws.pop()
