"""The wrapper whose ``render`` returns what the agent sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium as gym

from rlprobe.environments.names import component_names
from rlprobe.environments.rendering import raw_picture, why_no_pictures
from rlprobe.view.canvas import FAINT, GAP, above, beside
from rlprobe.view.panes.choice import Drawing, Names, pane_for
from rlprobe.view.panes.image import TALLEST, WIDEST
from rlprobe.view.panes.image_axes import stack_depth
from rlprobe.view.text import caption

if TYPE_CHECKING:
    from rlprobe.view.canvas import Picture
    from rlprobe.view.panes.nested import Pane

NARROWEST, LEAST = 130, 240
ROOM = 620
"""Width of what the agent sees beside a raw picture."""


class AgentView(gym.Wrapper[Any, Any, Any, Any], gym.utils.RecordConstructorArgs):
    """``render()`` returns the last observation as an RGB picture, so play, video and reports show it.

    Images of any layout are drawn pixel for pixel (a stack of frames as a strip, the oldest at the left),
    vectors as labelled gauges with value, range and history, choices as labelled cells, Dict and Tuple as
    labelled panes. Enlargement repeats pixels; nothing is smoothed. Observations are not changed.
    Make it the outermost wrapper. Names of components come from ``env.unwrapped.observation_names`` if it
    exists, otherwise from a list of Gymnasium's own environments.

    >>> import gymnasium as gym
    >>> env = AgentView(gym.make("CartPole-v1"))
    >>> _ = env.reset(seed=0)
    >>> env.render().dtype, env.render().shape[2]
    (dtype('uint8'), 3)
    """

    def __init__(
        self,
        env: gym.Env[Any, Any],
        *,
        zoom: int | None = None,
        layout: str | None = None,
        raw: bool = False,
        names: Names = None,
    ) -> None:
        """Wrap ``env``.

        Args:
            env: the environment with all wrappers of the agent.
            zoom: enlargement of images, a whole number; by default the largest that fits a screen.
            layout: axes of image observations, if they are guessed wrongly: one of ``HW HWC CHW SHW HWS
                SHWC SCHW HW(SC) (SC)HW``: S frames of the stack, H height, W width, C colour.
            raw: draw the environment's own picture beside the observation.
            names: of the components of a vector; for Dict and Tuple a mapping from path (``"a.b"``) to names.

        Raises:
            ValueError: ``zoom`` is no positive whole number, the layout does not fit, or ``raw`` is asked of
                an environment that was not made with ``render_mode="rgb_array"``.
        """
        gym.utils.RecordConstructorArgs.__init__(self, zoom=zoom, layout=layout, raw=raw, names=names)
        gym.Wrapper.__init__(self, env)
        if zoom is not None and (not isinstance(zoom, int) or zoom < 1):
            raise ValueError(f"zoom must be a whole number of at least 1, got {zoom!r}")
        if raw and (reason := why_no_pictures(env)) is not None:
            raise ValueError(reason)
        modes = [*env.metadata.get("render_modes", []), "rgb_array"]
        self.metadata = {**env.metadata, "render_modes": list(dict.fromkeys(modes))}
        own = component_names(env) if names is None else names
        how = Drawing(layout, zoom, stack_depth(env), own)
        self._pane = pane_for(env.observation_space, how)
        self._raw = raw
        self._started = self._arranged = False

    @property
    def pane(self) -> Pane:
        """What draws the observation; ``pane.fit(width, height)`` arranges it for a room of its own."""
        return self._pane

    @property
    def render_mode(self) -> str | None:  # type: ignore[override]
        """Always ``"rgb_array"``: the observation can be drawn whatever the environment renders."""
        return "rgb_array"

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Reset the environment and take its first observation for drawing."""
        observation, info = self.env.reset(seed=seed, options=options)
        self._pane.clear()
        self._pane.update(observation)
        self._started = True
        return observation, info

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step the environment and take its observation for drawing."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._pane.update(observation)
        return observation, reward, terminated, truncated, info

    def render(self) -> Picture:
        """The last observation as a picture (height, width, 3), bytes.

        Raises:
            gymnasium.error.ResetNeeded: there is no observation yet.
        """
        if not self._started:
            raise gym.error.ResetNeeded("AgentView has no observation to draw yet: call reset() first")
        return self._beside(raw_picture(self.env)) if self._raw else self._pane.draw()

    def _beside(self, raw: Picture) -> Picture:
        """The raw picture with the observation beside it; one over the other where it is too wide."""
        height, width = raw.shape[:2]
        wide = width <= WIDEST - ROOM // 2
        if not self._arranged:
            self._pane.fit(*((ROOM, max(height, LEAST)) if wide else (width, TALLEST)))
            self._arranged = True
        both = (("raw render", raw), ("what the agent sees", self._pane.draw()))
        parts = [above([caption(text, max(p.shape[1], NARROWEST), FAINT), p], 0) for text, p in both]
        return beside(parts, 2 * GAP) if wide else above(parts)
