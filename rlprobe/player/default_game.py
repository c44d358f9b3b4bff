"""The game that is there without arguments: CartPole from pixels, as an agent would get it."""

from __future__ import annotations

from typing import Any

import gymnasium as gym

from rlprobe.extras import need


def default_game() -> gym.Env[Any, Any]:
    """CartPole-v1 as four grey pictures of 84 by 84 pixels, each action held for two steps.

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
