"""Know when a library has been imported, without importing it."""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from rlprobe.monitors.hooks.patches import Patches


class AfterImport(importlib.abc.MetaPathFinder):
    """Calls a function when a module has been imported: at once, if it already is.

    Args:
        patches: takes the finder away at the end.
    """

    def __init__(self, patches: Patches) -> None:
        self._waiting: dict[str, Callable[[], None]] = {}
        sys.meta_path.insert(0, self)
        patches.on_removal(self._leave)

    def _leave(self) -> None:
        self._waiting.clear()
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]

    def when(self, name: str, act: Callable[[], None]) -> None:
        """Call ``act`` once the module ``name`` is there."""
        if name in sys.modules:
            act()
        else:
            self._waiting[name] = act

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the other finders give, with a loader that tells us when it has loaded."""
        act = self._waiting.pop(fullname, None)
        if act is None:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                _tell(spec.loader, act)
                return spec
        return None


def _tell(loader: Any, act: Callable[[], None]) -> None:
    plain = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        plain(module)
        act()

    loader.exec_module = exec_module
