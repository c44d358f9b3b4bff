"""Which axis of an image observation is height, width, colour or time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import gymnasium as gym
    from numpy.typing import NDArray

    Array = NDArray[Any]

MOST_FRAMES = 32
SMALLEST_FLOAT_IMAGE = 16

TO_FRAMES: dict[str, Callable[[Array], Array]] = {
    "HW": lambda x: x[None, :, :, None],
    "HWC": lambda x: x[None],
    "CHW": lambda x: np.moveaxis(x, 0, -1)[None],
    "SHW": lambda x: x[..., None],
    "HWS": lambda x: np.moveaxis(x, -1, 0)[..., None],
    "SHWC": lambda x: x,
    "SCHW": lambda x: np.moveaxis(x, 1, -1),
    "HW(SC)": lambda x: np.moveaxis(x.reshape(*x.shape[:2], -1, 3), 2, 0),
    "(SC)HW": lambda x: np.moveaxis(x.reshape(-1, 3, *x.shape[1:]), 1, -1),
}
"""Layout to a function that returns the frames as (stack S, height H, width W, colour C), oldest first."""


def stack_depth(env: gym.Env[Any, Any]) -> int | None:
    """Number of frames stacked along the first axis by a frame-stacking wrapper around ``env``, if any."""
    while hasattr(env, "env"):
        if type(env).__name__ in {"FrameStackObservation", "FrameStack"}:
            return int(getattr(env, "stack_size", getattr(env, "num_stack", 0))) or None
        env = env.env
    return None


def image_layout(shape: tuple[int, ...], dtype: np.dtype[Any], stack: int | None = None) -> str | None:
    """The layout of an image of this shape, or None for what is no image.

    Args:
        shape: of the observation.
        dtype: of the observation; bytes are an image in two dimensions however small.
        stack: length of the first axis when it is known to hold stacked frames.

    >>> import numpy as np
    >>> byte = np.dtype(np.uint8)
    >>> [image_layout(s, byte) for s in ((84, 84), (96, 96, 3), (3, 96, 96), (4, 84, 84), (84, 84, 4))]
    ['HW', 'HWC', 'CHW', 'SHW', 'HWS']
    >>> image_layout((4, 17), np.dtype(np.float32)) is None
    True
    """
    if stack is not None and len(shape) > 1 and shape[0] == stack:
        inner = image_layout(shape[1:], dtype)
        return {"HW": "SHW", "HWC": "SHWC", "CHW": "SCHW"}.get(inner or "")
    if len(shape) == 2:
        return "HW" if dtype == np.uint8 or min(shape) >= SMALLEST_FLOAT_IMAGE else None
    if len(shape) == 3:
        return _three_axes(shape)
    if len(shape) == 4:
        return "SHWC" if shape[-1] in {1, 3} else "SCHW" if shape[1] in {1, 3} else None
    return None


def _three_axes(shape: tuple[int, ...]) -> str | None:
    first, last = shape[0], shape[-1]
    if last in {1, 3}:
        return "HWC"
    if first in {1, 3}:
        return "CHW"
    if last <= min(MOST_FRAMES, first):
        return "HW(SC)" if last % 3 == 0 else "HWS"
    if first <= MOST_FRAMES:
        return "(SC)HW" if first % 3 == 0 else "SHW"
    return None


def check_layout(layout: str, shape: tuple[int, ...]) -> str:
    """Return ``layout`` when it can describe an array of this shape.

    Raises:
        ValueError: an unknown layout, or one whose number of axes or of colours does not fit.
    """
    if layout not in TO_FRAMES:
        raise ValueError(f"layout must be one of {', '.join(TO_FRAMES)}, got {layout!r}")
    axes = layout.replace("(SC)", "N")
    if len(axes) != len(shape):
        raise ValueError(
            f"layout {layout!r} describes {len(axes)} axes, but the observation has shape {shape}"
        )
    size = dict(zip(axes, shape, strict=True))
    if size.get("C", 1) not in {1, 3, 4} or size.get("N", 3) % 3:
        raise ValueError(f"layout {layout!r} needs 1, 3 or 4 colours, but the observation has shape {shape}")
    return layout
