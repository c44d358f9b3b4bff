"""Import the files beside a script with the same changes as the script itself."""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlprobe.environments.user_code import in_library

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType


class LocalFiles(importlib.abc.MetaPathFinder):
    """Imports files beside the script with the same changes; libraries are not changed.

    Args:
        folder: the folder of the script.
        change: changes a syntax tree, given the tree and the path.
    """

    def __init__(self, folder: Path, change: Callable[[ast.Module, str], ast.Module]) -> None:
        self.folder, self.change = folder.resolve(), change

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The usual place of a module, with our loader if it lies beside the script."""
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is None or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            return None
        place = Path(spec.loader.path).resolve()
        if not place.is_relative_to(self.folder) or place.is_relative_to(Path(sys.prefix)):
            return None
        if in_library(str(place)):
            return None
        spec.loader = _Loader(spec.loader.name, spec.loader.path, self.change)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, change: Callable[[ast.Module, str], ast.Module]) -> None:
        super().__init__(name, path)
        self.change = change

    def get_code(self, fullname: str) -> Any:
        """Compile from the source always: what is cached is not changed."""
        path = self.get_filename(fullname)
        tree = self.change(ast.parse(self.get_data(path), path), path)
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)
