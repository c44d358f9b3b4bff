"""Listen to the numbers that a script logs itself."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rlprobe.monitors.hooks.imports import AfterImport
    from rlprobe.monitors.hooks.patches import Patches
    from rlprobe.monitors.listener import Listener

WRITERS = ("torch.utils.tensorboard.writer", "tensorboardX.writer")
SB3_LOGGER = "stable_baselines3.common.logger"


def listen(patches: Patches, listener: Listener, imports: AfterImport) -> None:
    """Hear ``SummaryWriter.add_scalar``, ``Logger.record`` of Stable-Baselines3 and ``wandb.log``."""
    for name in WRITERS:
        imports.when(name, functools.partial(_method, patches, listener, name, "SummaryWriter", "add_scalar"))
    imports.when(SB3_LOGGER, functools.partial(_method, patches, listener, SB3_LOGGER, "Logger", "record"))
    imports.when("wandb", functools.partial(_wandb, patches, listener))


def _method(patches: Patches, listener: Listener, module: str, cls: str, name: str) -> None:
    owner = getattr(sys.modules[module], cls)
    plain = vars(owner)[name]

    @functools.wraps(plain)
    def log(self: Any, key: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        result = plain(self, key, value, *args, **kwargs)
        _hear(listener, key, value)
        return result

    patches.put(owner, name, log)


def _wandb(patches: Patches, listener: Listener) -> None:
    module = sys.modules["wandb"]
    plain = getattr(module, "log", None)
    if not callable(plain):
        return

    def log(data: Any, *args: Any, **kwargs: Any) -> Any:
        result = plain(data, *args, **kwargs)
        if isinstance(data, dict):
            for key, value in data.items():
                _hear(listener, key, value)
        return result

    patches.put(module, "log", log)


def _hear(listener: Listener, key: Any, value: Any) -> None:
    if not listener.alive:
        return
    try:
        number = float(value)
    except (TypeError, ValueError, RuntimeError):
        return
    listener.logged(str(key), number)
