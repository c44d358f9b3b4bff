"""Pictures of the probe: the screen of the Arcade Learning Environment, and what ``render`` returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


RENDERED = 400, 600, 3
"""The size of what CartPole draws."""


def rendered(number: int, count: int) -> NDArray[np.uint8]:
    """``RENDERED``: grey, brighter with the number of the observation, with a white bar at its place.

    Scripts that learn from pixels cut out a part of the picture, so the place alone would not do.
    """
    picture = np.full(RENDERED, 30 + 150 * number // max(1, count - 1), np.uint8)
    left, right = (round(RENDERED[1] * edge / count) for edge in (number, number + 1))
    picture[:, left:right] = 255
    return picture


class Screen:
    """Stands for ``env.unwrapped.ale``, and answers as that does, but with pictures of the probe.

    ``AtariPreprocessing`` does not read the screen once an episode has ended, and shows the frames before. So
    the arrays that it had filled are filled again after each step.

    Args:
        ale: the original.
        look: gives the observation as it is now.
    """

    def __init__(self, ale: Any, look: Callable[[], Any]) -> None:
        self._ale, self._look = ale, look
        self._filled: dict[int, tuple[NDArray[Any], Callable[[], NDArray[Any]]]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ale, name)

    def getScreenRGB(self, out: NDArray[Any] | None = None) -> NDArray[Any]:  # noqa: N802 - as in ale_py
        """``(height, width, 3)``, into ``out`` if it is given."""
        return self._into(out, self._colours)

    def getScreenGrayscale(self, out: NDArray[Any] | None = None) -> NDArray[Any]:  # noqa: N802 - as in ale_py
        """``(height, width)``, into ``out`` if it is given."""
        return self._into(out, self._grey)

    def refresh(self) -> None:
        """Fill again what was filled, with the observation as it is now."""
        for out, drawn in self._filled.values():
            self._into(out, drawn)

    def _colours(self) -> NDArray[Any]:
        picture = np.asarray(self._look())
        return picture if picture.ndim > 2 else np.repeat(picture[..., None], 3, axis=-1)

    def _grey(self) -> NDArray[Any]:
        picture = np.asarray(self._look())
        return picture if picture.ndim == 2 else picture[..., 0]  # all its colours are equal

    def _into(self, out: NDArray[Any] | None, drawn: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        if out is None:
            return drawn().copy()
        out[...] = drawn().reshape(out.shape)
        self._filled[id(out)] = out, drawn
        return out
