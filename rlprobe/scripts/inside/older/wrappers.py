"""Gymnasium's wrappers under the names and with the arguments they had before Gymnasium 1.0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gymnasium import wrappers

if TYPE_CHECKING:
    from collections.abc import Callable

RENAMED = {
    "AutoResetWrapper": "Autoreset",
    "GrayScaleObservation": "GrayscaleObservation",
    "FrameStack": "FrameStackObservation",
    "PixelObservationWrapper": "AddRenderObservation",
}
NUMBER_OF_FRAMES = {"num_stack": "stack_size"}


def install(note: Callable[[str], None]) -> None:
    """Let ``gymnasium.wrappers`` have what it had; ``note`` is told of each wrapper that a script uses so."""
    for old, new in RENAMED.items():
        if old not in vars(wrappers):
            setattr(wrappers, old, _renamed(old, new, note))
    resize, transform = wrappers.ResizeObservation, wrappers.TransformObservation

    class ResizeObservation(resize):  # type: ignore[misc, valid-type]
        """Takes one number for height and width, too."""

        def __init__(self, env: Any, shape: Any) -> None:
            super().__init__(env, (shape, shape) if isinstance(shape, int) else shape)

    class TransformObservation(transform):  # type: ignore[misc, valid-type]
        """Keeps the observation space if it is given no other."""

        def __init__(self, env: Any, func: Any = None, observation_space: Any = None, **options: Any) -> None:
            if observation_space is None:
                note("TransformObservation was given no space, as before Gymnasium 1.0: it keeps the old one")
            super().__init__(env, options.get("f", func), observation_space)

    vars(wrappers).update(ResizeObservation=ResizeObservation, TransformObservation=TransformObservation)


def _renamed(old: str, new: str, note: Callable[[str], None]) -> Callable[..., Any]:
    def wrapped(env: Any, *args: Any, **options: Any) -> Any:
        note(f"gymnasium.wrappers.{old} is called {new} since Gymnasium 1.0")
        known = {NUMBER_OF_FRAMES.get(key, key): value for key, value in options.items()}
        known.pop("lz4_compress", None)
        return getattr(wrappers, new)(env, *args, **known)

    wrapped.__name__ = old
    return wrapped
