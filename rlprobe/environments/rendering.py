"""The result of ``render()`` as an RGB image."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import gymnasium as gym
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]


def why_no_pictures(env: gym.Env[Any, Any]) -> str | None:
    """The reason why ``env`` cannot render pictures here, with the remedy; None where it can.

    On a machine without a screen, MuJoCo's window library would end the whole process, so this is checked.
    """
    if env.render_mode not in {"rgb_array", "rgb_array_list"}:
        remedy = "make it with render_mode='rgb_array'"
        return f"{env} renders no pictures (render_mode={env.render_mode!r}): {remedy}"
    mujoco = hasattr(env.unwrapped, "mujoco_renderer")
    screen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if mujoco and sys.platform.startswith("linux") and not screen and not os.environ.get("MUJOCO_GL"):
        return "MuJoCo renders without a screen only with the variable MUJOCO_GL=egl (or osmesa): set it"
    return None


def raw_picture(env: gym.Env[Any, Any]) -> Picture:
    """The environment's own picture as colour bytes.

    Raises:
        ValueError: the environment did not return a picture.
    """
    frame: Any = env.render()
    if isinstance(frame, list) and frame:
        frame = frame[-1]
    return as_picture(frame)


def as_picture(frame: Any) -> Picture:
    """A rendered frame of any layout as an RGB image (height, width, 3) of bytes.

    Grey frames with or without a channel axis, channels first, an alpha channel and floats in [0, 1] are
    all understood.

    Raises:
        ValueError: it is no picture.
    """
    array = np.asarray(frame)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim == 3 and array.shape[2] not in {1, 3, 4} and array.shape[0] in {1, 3, 4}:
        array = np.moveaxis(array, 0, 2)
    if array.ndim != 3 or array.shape[2] not in {1, 3, 4} or array.dtype.kind not in "uifb" or not array.size:
        got = (
            "nothing"
            if frame is None
            else f"{type(frame).__name__} of shape {array.shape}, dtype {array.dtype}"
        )
        raise ValueError(f"render() must return a picture (height, width, 3), got {got}")
    array = array[:, :, :3]
    if array.dtype.kind == "f":
        array = np.rint(np.nan_to_num(array).clip(0, 1) * 255)
    elif array.dtype.kind == "b":
        array = array * np.uint8(255)
    elif array.dtype != np.uint8:
        array = array.clip(0, 255)
    picture = array.astype(np.uint8, copy=False)
    return np.repeat(picture, 3, axis=2) if picture.shape[2] == 1 else picture
