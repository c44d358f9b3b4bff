"""Import a script's own files from where they lie, with the same changes as the script itself."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlprobe.scripts.inside.surroundings import mirrored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from rlprobe.scripts.launch import Launch


class LocalFiles(importlib.abc.MetaPathFinder):
    """Imports a script's own files with the same changes; libraries are not changed.

    In each, ``__file__`` is its copy in the folder of the run, where it may write what it likes.

    Args:
        script: the script.
        scratch: the folder it runs in, with copies at their whole paths: what it adds to ``sys.path`` is
            looked for in its own folders instead.
        change: changes a syntax tree, given the tree and the path; None for no changes.
    """

    def __init__(
        self, script: Launch, scratch: str, change: Callable[[ast.Module, str], ast.Module] | None
    ) -> None:
        self.script, self.scratch, self.change = script, str(Path(scratch).resolve()), change

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The usual place of a module, with our loader if it is the script's own."""
        given = sys.path if path is None else list(path)
        places = [self._real(place) for place in given]
        spec = importlib.machinery.PathFinder.find_spec(fullname, places, target)
        if spec is None:
            return None
        loader = spec.loader
        if isinstance(loader, importlib.machinery.SourceFileLoader):
            file = Path(loader.path).resolve()
            if self.script.owns(file):
                spec.loader = _Loader(loader.name, loader.path, mirrored(self.scratch, file), self.change)
                return spec
        return spec if places != given else None

    def _real(self, place: str) -> str:
        """The folder of which another is a copy."""
        whole = os.path.abspath(place)  # noqa: PTH100 - links are left as they are
        inside = whole == self.scratch or whole.startswith(self.scratch + os.sep)
        return str(Path(self.script.path.anchor) / os.path.relpath(whole, self.scratch)) if inside else place


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(
        self, name: str, path: str, shown: Path, change: Callable[[ast.Module, str], ast.Module] | None
    ) -> None:
        super().__init__(name, path)
        self.shown, self.change = str(shown), change

    def exec_module(self, module: ModuleType) -> None:
        """As usual, with another ``__file__``."""
        module.__file__ = self.shown
        super().exec_module(module)

    def get_code(self, fullname: str) -> Any:
        """Compile from the source always: what is cached is not changed."""
        path = self.get_filename(fullname)
        tree = ast.parse(self.get_data(path), path)
        changed = tree if self.change is None else self.change(tree, path)
        return compile(ast.fix_missing_locations(changed), path, "exec", dont_inherit=True)
