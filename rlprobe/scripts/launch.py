"""Run a script as ``python script.py`` does: as ``__main__``, with its own arguments and folder."""

from __future__ import annotations

import ast
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


OLD_INFOS: Final = frozenset({"final_observation", "final_info"})
"""What vector environments put into ``infos`` before Gymnasium 1.0."""


class LaunchError(ValueError):
    """There is no such script; the message says what to do."""


@dataclass(frozen=True)
class Launch:
    """A script and its arguments.

    Args:
        target: ``path/train.py``, or the name of a module if ``is_module``.
        args: what the script finds in ``sys.argv[1:]``.
        is_module: whether to run it as ``python -m target`` does.
        start: the folder it is started from.
    """

    target: str
    args: tuple[str, ...] = ()
    is_module: bool = False
    start: str = "."

    @property
    def path(self) -> Path:
        """The file that is run.

        Raises:
            LaunchError: there is none.
        """
        if not self.is_module:
            path = Path(self.target)
            if not path.is_file():
                raise LaunchError(f"{self.target}: no such file")
            return path.resolve()
        _put_first_on_path(str(self.folder))
        try:
            spec = importlib.util.find_spec(self.target)
            if spec is not None and spec.submodule_search_locations is not None:
                spec = importlib.util.find_spec(f"{self.target}.__main__")
        except ModuleNotFoundError:
            spec = None
        if spec is None or not spec.origin or not spec.origin.endswith(".py"):
            raise LaunchError(f"-m {self.target}: no module of this name that can be run")
        return Path(spec.origin).resolve()

    @property
    def folder(self) -> Path:
        """The first entry of ``sys.path``: the script's folder, or the current one for a module."""
        return Path(self.start).resolve() if self.is_module else self.path.parent

    def filled(self, *, seed: int, gamma: float, steps: int) -> tuple[str, ...]:
        """The arguments with ``{seed}``, ``{gamma}`` and ``{steps}`` replaced.

        >>> Launch("train.py", ("--seed", "{seed}", "--lr=1e-3")).filled(seed=3, gamma=0.9, steps=100)
        ('--seed', '3', '--lr=1e-3')
        """
        marks = {"{seed}": str(seed), "{gamma}": f"{gamma:g}", "{steps}": str(steps)}
        found = list(self.args)
        for mark, text in marks.items():
            found = [arg.replace(mark, text) for arg in found]
        return tuple(found)

    @property
    def runs(self) -> str:
        """What is run: the path of the file, or the name of the module."""
        return self.target if self.is_module else str(self.path)


def from_words(path: str, args: Iterable[str], *, module: bool) -> Launch:
    """The launch of a script as typed; raises ``LaunchError`` now if there is no such file."""
    found = Launch(str(path), tuple(map(str, args)), module, str(Path.cwd()))
    found.path  # noqa: B018 - raises if there is none
    return found


def launch(
    script: Launch,
    *,
    file: str | None = None,
    change: Callable[[ast.Module, str], ast.Module] | None = None,
) -> None:
    """Run a script in this process; it is ``__main__`` until the process ends.

    Args:
        script: the script and its arguments.
        file: what the script finds in ``__file__``, if not its own path.
        change: changes the syntax tree of the script before it runs, given the tree and the path.

    Raises:
        BaseException: whatever the script raises, ``SystemExit`` included.
    """
    path = script.path
    source = path.read_bytes()
    code = _compiled(source, str(path), change)
    main = ModuleType("__main__")
    main.__file__ = file or str(path)
    main.__builtins__ = __builtins__  # type: ignore[attr-defined]  # what exec would put there
    if script.is_module:
        spec = importlib.util.find_spec(script.target)
        package = spec is not None and spec.submodule_search_locations is not None
        main.__package__ = script.target if package else script.target.rpartition(".")[0]
    sys.modules["__main__"] = main
    sys.argv = [file or str(path) if script.is_module else script.target, *script.args]
    _put_first_on_path(str(script.folder))
    exec(code, main.__dict__)  # noqa: S102 - this is what running a script means


def _compiled(source: bytes, path: str, change: Callable[[ast.Module, str], ast.Module] | None) -> CodeType:
    if change is None:
        return compile(source, path, "exec", dont_inherit=True)
    tree = change(ast.parse(source, path), path)
    return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)


def _put_first_on_path(folder: str) -> None:
    sys.path[:] = [folder, *[place for place in sys.path if place not in {"", folder}]]


def imported_names(path: Path, *, depth: int = 3) -> set[str]:
    """The modules that a script and the files beside it import, from their source."""
    found: set[str] = set()
    waiting: Sequence[tuple[Path, int]] = [(path, depth)]
    read: set[Path] = set()
    while waiting:
        (here, left), *rest = waiting
        waiting = rest
        if here in read or not here.is_file():
            continue
        read.add(here)
        names = _imports_of(here)
        found |= names
        if left:
            waiting += [(path.parent / (n.replace(".", "/") + ".py"), left - 1) for n in sorted(names)]
    return found


def own_files(path: Path) -> list[Path]:
    """A script, and the files beside it that it imports."""
    beside = [path.parent / (name.replace(".", "/") + ".py") for name in sorted(imported_names(path))]
    return [path, *(file for file in beside if file.is_file())]


def vector_api_of(path: Path) -> str:
    """``"0.29"`` if a script cannot run on the vector environments of Gymnasium 1.0, else ``"1.0"``.

    It, or a file beside it that it imports, reads ``infos["final_observation"]`` or ``infos["final_info"]``
    without a look whether it is there.
    """
    return "0.29" if any(_reads_old_infos(file) for file in own_files(path)) else "1.0"


def _reads_old_infos(path: Path) -> bool:
    read, looked_for = set(), set()
    for node in _nodes(path):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            read |= {one.value for one in [node.slice] if isinstance(one, ast.Constant)}
        elif isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            looked_for |= {one.value for one in [node.left] if isinstance(one, ast.Constant)}
    return not OLD_INFOS.isdisjoint(read - looked_for)


def _nodes(path: Path) -> list[ast.AST]:
    """The syntax tree of a file; empty if it cannot be read."""
    try:
        return list(ast.walk(ast.parse(path.read_bytes())))
    except (SyntaxError, ValueError, OSError):
        return []


def _imports_of(path: Path) -> set[str]:
    names: set[str] = set()
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names
