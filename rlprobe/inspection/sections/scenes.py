"""One moment of an episode as pictures: the camera, and what the agent sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.inspection.sections.film import shrunk
from rlprobe.view import AgentView, as_picture
from rlprobe.view.canvas import GAP, above, beside, blank, enlarge
from rlprobe.view.panes.image import ImagePane
from rlprobe.view.panes.nested import has_image

if TYPE_CHECKING:
    import gymnasium as gym
    import numpy.typing as npt

    Frame = npt.NDArray[np.uint8]

MOST_HEIGHT: Final = 430
"""Height of the video's pictures in pixels, at most."""
MOST_WIDTH: Final = 960
MOST_STILL_SIZE: Final = (240, 320)
"""Most height and width of a moment on the contact sheet."""


@dataclass(frozen=True)
class Scene:
    """One moment.

    Args:
        camera: what the environment renders; None without a camera.
        seen: what the agent sees.
    """

    camera: Frame | None
    seen: Frame

    def together(self) -> Frame:
        """The pictures of the moment for the video, beside each other where that is not too wide."""
        if self.camera is None:
            return fitted(self.seen, MOST_HEIGHT, MOST_WIDTH)
        parts = [fitted(self.camera, MOST_HEIGHT, MOST_WIDTH // 2), self.seen]
        if parts[0].shape[1] + self.seen.shape[1] + 2 * GAP > MOST_WIDTH:
            return above([parts[0], fitted(self.seen, MOST_HEIGHT, MOST_WIDTH)], 2 * GAP)
        tallest = max(part.shape[0] for part in parts)
        return beside([_centred(part, tallest) for part in parts], 2 * GAP)

    def still(self) -> Frame:
        """The camera alone; what the agent sees where there is none."""
        return (
            fitted(self.camera, *MOST_STILL_SIZE)
            if self.camera is not None
            else fitted(self.seen, MOST_HEIGHT, MOST_WIDTH)
        )


class Scenes:
    """Draws the moments of an environment that is being played.

    Args:
        env: the environment.
    """

    def __init__(self, env: gym.Env[Any, Any]) -> None:
        self.view = AgentView(env)
        self.camera = env.render_mode in {"rgb_array", "rgb_array_list"}
        self.image = has_image(self.view.pane)
        self._arranged = False
        self.seen: tuple[tuple[str, Frame], ...] = ()
        self.middle: Scene | None = None

    def stills(self, most: int) -> int:
        """How many moments of an episode to show: of gauges only the last one."""
        return most if self.camera or self.image else 1

    def take(self) -> Scene:
        """The moment that the environment is in."""
        camera = as_picture(_last(self.view.env.render())) if self.camera else None
        if not self._arranged:
            used = 0 if camera is None else fitted(camera, MOST_HEIGHT, MOST_WIDTH // 2).shape[1] + 2 * GAP
            self.view.pane.fit(MOST_WIDTH - used, MOST_HEIGHT)
            self._arranged = True
        return Scene(camera, self.view.render())

    def keep(self, scene: Scene) -> None:
        """Remember a moment as an example; a stack of grey frames as one picture in colour too."""
        self.middle, pane = scene, self.view.pane
        found = [("the observation", scene.seen)] if self.image else []
        if isinstance(pane, ImagePane) and pane.stacked:
            frames = pane.frames()
            found = [(f"the observation: {len(frames)} frames, the oldest first", scene.seen)]
            if len(frames) > 2 and (frames[..., 0] == frames[..., 2]).all():
                found.append(
                    (
                        "the stack as one picture: only what moves has a colour, oldest red, newest blue",
                        motion(frames),
                    )
                )
        self.seen = tuple(found)


def motion(frames: Frame) -> Frame:
    """A stack of grey frames (S, H, W, 3) as one picture in which only what moves has a colour.

    The oldest frame is red, the middle one green, the newest blue.
    """
    chosen = [frames[i][..., 0] for i in (0, len(frames) // 2, len(frames) - 1)]
    picture = np.stack(chosen, axis=-1)
    return enlarge(picture, max(1, MOST_HEIGHT * 3 // 4 // picture.shape[0]))


def _last(frame: Any) -> Any:
    return frame[-1] if isinstance(frame, list) and frame else frame


def fitted(picture: Frame, tall: int, wide: int) -> Frame:
    """The picture within ``tall`` and ``wide`` pixels; smaller ones are enlarged by a whole number."""
    height, width = picture.shape[:2]
    times = min(tall // height, wide // width)
    if times > 1:
        return enlarge(picture, times)
    scale = min(tall / height, wide / width, 1.0)
    return picture if scale == 1.0 else shrunk(picture, scale)


def _centred(picture: Frame, height: int) -> Frame:
    """The picture in the middle of this height."""
    page = blank(height, picture.shape[1])
    top = (height - picture.shape[0]) // 2
    page[top : top + picture.shape[0]] = picture
    return page
