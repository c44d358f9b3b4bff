"""Scripts that import ``gym`` get Gymnasium under that name."""

from __future__ import annotations

import ast
import importlib
import importlib.abc
import importlib.machinery
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType


class GymIsGymnasium(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports ``gym`` and ``gym.x`` as ``gymnasium`` and ``gymnasium.x``."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec for ``gym`` and what lies below it."""
        del path, target
        if fullname.partition(".")[0] != "gym":
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The module of Gymnasium that has the same name."""
        return importlib.import_module("gymnasium" + spec.name.removeprefix("gym"))

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: Gymnasium's modules are loaded already."""
        sys.modules[module.__name__.replace("gymnasium", "gym", 1)] = module


def unpacks_four(source: bytes) -> bool:
    """Whether a script unpacks four values from ``step``, as before gym 0.26, and nowhere five."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return False
    counts = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            called = node.value.func
            target = node.targets[0]
            if isinstance(called, ast.Attribute) and called.attr == "step" and isinstance(target, ast.Tuple):
                starred = any(isinstance(part, ast.Starred) for part in target.elts)
                counts.add(0 if starred else len(target.elts))
    return 4 in counts and 5 not in counts
