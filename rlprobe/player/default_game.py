"""The default game: CartPole from pixels, preprocessed as for an agent."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

from rlprobe.extras import need


def default_game() -> gym.Env[Any, Any]:
    """CartPole-v1 as a stack of four grey images of 84 x 84 pixels, with a frame skip of 2.

    Raises:
        MissingExtraError: a package that draws or resizes is not installed.
    """
    need("pygame", "playing CartPole")
    need("cv2", "resizing pictures")
    from gymnasium.wrappers import (
        AddRenderObservation,
        FrameStackObservation,
        GrayscaleObservation,
        ResizeObservation,
    )

    from rlprobe.wrappers import FrameSkip

    env: Any = FrameSkip(gym.make("CartPole-v1", render_mode="rgb_array"), 2)
    env = ResizeObservation(GrayscaleObservation(AddRenderObservation(env)), (84, 84))
    return FrameStackObservation(env, 4)
