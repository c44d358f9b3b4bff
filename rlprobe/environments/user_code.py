"""Load a function that the user names on the command line, and tell the user's own files from libraries."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType


class TargetError(ValueError):
    """The target cannot be found; the message names the place and the remedy."""


def load(target: str, forms: str, expected: str) -> Any:
    """The function that ``target`` names.

    Args:
        target: ``package.module:function`` or ``path/file.py:function``.
        forms: what a message says is expected of a target.
        expected: the function's name and arguments, for messages.

    Raises:
        TargetError: there is no such module, file or attribute, or it is no function.
    """
    place, colon, name = target.rpartition(":")
    if not colon or not place or not name:
        raise TargetError(f"{target!r}: {forms}")
    module = _file(place) if place.endswith(".py") else _module(place, forms)
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            public = [n for n in dir(module) if not n.startswith("_") and callable(getattr(module, n))]
            raise TargetError(
                f"{place} has no {name!r}; it has {', '.join(public[:12]) or 'nothing callable'}"
            )
        found = getattr(found, part)
    if not callable(found):
        raise TargetError(f"{target}: expected a function {expected}, got {type(found).__name__}")
    return found


def in_library(file: str) -> bool:
    """Whether a file belongs to an installed library.

    >>> in_library("/venv/lib/python3.11/site-packages/torch/optim/adam.py"), in_library("train.py")
    (True, False)
    """
    return not {"site-packages", "dist-packages"}.isdisjoint(Path(file).parts)


def _module(name: str, forms: str) -> ModuleType:
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name and (name == error.name or name.startswith(error.name + ".")):
            raise TargetError(f"no module named {error.name!r}; {forms}") from error
        raise _broken(name, error) from error
    except (Exception, SystemExit) as error:
        raise _broken(name, error) from error


def _file(name: str) -> ModuleType:
    path = Path(name)
    if not path.is_file():
        raise TargetError(f"{name}: no such file")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)  # dataclasses look their module up
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise _broken(name, error) from error
    return module


def _broken(place: str, error: BaseException) -> TargetError:
    hint = "guard what the script runs with `if __name__ == '__main__':`"
    return TargetError(
        f"{place}: importing it raised {type(error).__name__}: {error}"
        + (f"; {hint}" if isinstance(error, SystemExit) else "")
    )
