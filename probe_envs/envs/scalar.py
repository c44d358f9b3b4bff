"""A probe as a ``gymnasium.Env``."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from probe_envs.drawing.graph import Moment
from probe_envs.drawing.modes import RENDER_MODES, artist, check_render_mode
from probe_envs.dynamics import Dynamics
from probe_envs.envs.streams import cut, raw_words

if TYPE_CHECKING:
    from probe_envs.drawing.modes import Artist
    from probe_envs.mdp import MDP

WORDS = 16


class ProbeEnv(gym.Env[Any, Any]):
    """The environment of one MDP, exact to its declaration.

    Args:
        mdp: the process.
        render_mode: ``"rgb_array"`` or ``"ansi"``: the process with the current state marked.

    Raises:
        ValueError: an action is outside the action space, or ``step`` is called before ``reset``, after
            the end of the episode, or after ``close``.
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": 4}  # noqa: RUF012 - as in Env

    def __init__(self, mdp: MDP, *, render_mode: str | None = None) -> None:
        self.render_mode = check_render_mode(render_mode)
        self.dynamics = Dynamics(mdp)
        self.action_space = self.dynamics.action_space
        self.observation_space = self.dynamics.observation_space
        self._column = self.dynamics.chosen.column
        self._views = self.dynamics.views
        steps = self.dynamics.steps
        pairs = zip(steps.code.tolist(), steps.reward.tolist(), strict=True)
        self._next = [list(zip(*pair, strict=True)) for pair in pairs]
        self._threshold = steps.threshold.tolist()
        self._start_code = self.dynamics.starts.code.tolist()
        self._start_threshold = self.dynamics.starts.threshold.tolist()
        self._code = self._unborn = self.dynamics.codes
        self._closed = False
        self._elapsed = 0
        self._last: tuple[Any, float | None] = (None, None)
        self._draws: list[int] = []
        self._drawn_from: np.random.Generator | None = None
        self._artist: Artist | None = None

    @property
    def mdp(self) -> MDP:
        """The declaration this environment was made from."""
        return self.dynamics.mdp

    @property
    def state(self) -> Any:
        """The state of the process; after termination, the state that was left."""
        if self._code == self._unborn:
            raise ValueError("there is no state before reset(); call reset() first")
        return self.dynamics.state(self._code)

    def reset(
        self,
        *,
        seed: int | None = None,
        options: dict[str, Any] | None = None,  # noqa: ARG002 - Gymnasium's signature
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode; the same seed gives the same episodes."""
        if self._closed:
            raise ValueError("reset() was called after close(); make a new environment")
        super().reset(seed=seed)
        row = self.dynamics.start_row(self._code) if seed is None else 0
        if seed is not None:
            self._draws = []
        self._code = self._start_code[row][bisect_right(self._start_threshold[row], self._draw())]
        self._elapsed, self._last = 0, (None, None)
        return self._view(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Take one step; raises ``ValueError`` on an action outside the space or after the end."""
        dynamics = self.dynamics
        if self._code >= dynamics.truncated_from or self._closed:
            raise self._not_running()
        column = self._column(action)
        if column is None:
            code, reward = dynamics.outcome(self._code, action, self._draw())
        else:
            row = self._code * dynamics.actions + column
            code, reward = self._next[row][bisect_right(self._threshold[row], self._draw())]
        self._code, self._last = code, (action, reward)
        self._elapsed += 1
        truncated = dynamics.truncated_from <= code < dynamics.terminated_from
        return self._view(), reward, code >= dynamics.both_from, truncated, {}

    def go_on(self) -> bool:
        """Go on in the state in which an episode was truncated, with a new time limit.

        Gymnasium's ``TimeLimit`` does not stop an environment whose truncation is ignored.

        Returns:
            Whether the episode was truncated and not terminated; nothing is done otherwise.
        """
        dynamics = self.dynamics
        truncated = dynamics.truncated_from <= self._code < dynamics.both_from
        if truncated:
            self._code = dynamics.place(self._code) * dynamics.clock
        return truncated

    def render(self) -> Any:
        """A picture of the process, ``(height, width, 3)`` uint8, or its text."""
        if self._artist is None:
            self._artist = artist(self.dynamics, self.render_mode)
        if self._code == self._unborn:
            raise ValueError("render() was called before reset(); call reset() first")
        return self._artist(self._code, Moment(self._elapsed, *self._last))

    def close(self) -> None:
        """End the environment; a later ``reset`` or ``step`` raises ``ValueError``."""
        self._closed = True

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_artist": None}

    def _not_running(self) -> ValueError:
        if self._closed:
            return ValueError("step() was called after close(); make a new environment")
        if self._code == self._unborn:
            return ValueError("step() was called before reset(); call reset() first")
        return ValueError("step() was called after the end of the episode; call reset() first")

    def _view(self) -> Any:
        view = self._views[self._code]
        if type(view) is np.ndarray:
            return view.copy()
        return _copied(view)

    def _draw(self) -> int:
        if not self.dynamics.random:
            return 0
        generator = self.np_random
        if not self._draws or self._drawn_from is not generator:
            self._drawn_from = generator
            self._draws = cut(raw_words(generator, WORDS), self.dynamics.bits)[::-1].tolist()
        return self._draws.pop()


def _copied(view: Any) -> Any:
    if isinstance(view, dict):
        return {key: _copied(part) for key, part in view.items()}
    if isinstance(view, tuple):
        return tuple(_copied(part) for part in view)
    return view.copy() if isinstance(view, np.ndarray) else view
