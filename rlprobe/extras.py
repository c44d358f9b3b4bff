"""Optional packages, imported when used, with an error that says how to install them."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

EXTRA_OF = {
    "torch": "agents",
    "stable_baselines3": "sb3",
    "sb3_contrib": "contrib",
    "pygame": "play",
    "cv2": "play",
    "moviepy": "video",
    "imageio_ffmpeg": "video",
    "rich": "report",
    "PIL": "play",
    "jinja2": "report",
    "markupsafe": "report",
    "matplotlib": "report",
    "scipy": "compare",
    "optuna": "search",
    "joblib": "search",
}


class MissingExtraError(ImportError):
    """An optional package is not installed; the message holds the command that installs it."""


def need(module: str, purpose: str) -> ModuleType | Any:
    """Import and return ``module``, which ``purpose`` needs.

    Args:
        module: dotted name of the module, such as ``"rich.progress"``.
        purpose: what the user wants to do, such as ``"rlprobe play"``; the error message starts with it.

    Raises:
        MissingExtraError: the package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        top = module.split(".", maxsplit=1)[0]
        if error.name != top:
            raise
        extra = EXTRA_OF[top]
        command = f"pip install 'gymnasium-rlprobe[{extra}]'"
        raise MissingExtraError(
            f"{purpose} needs the package {top!r}, which is not installed: {command}"
        ) from error
