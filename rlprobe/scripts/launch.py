"""Run a script as ``python script.py`` does: as ``__main__``, with its own arguments and folder."""

from __future__ import annotations

import ast
import importlib.util
import sys
import sysconfig
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Final

from rlprobe.environments.user_code import in_library
from rlprobe.scripts.notebooks.cells import SUFFIX, code_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


PROJECT_FILES: Final = (
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "environment.yml",
    ".git",
)
"""One of them lies in the folder of a project."""
PROJECT_ABOVE: Final = 2
"""So many folders above the script may be that of its project."""
HERE: Final = Path(__file__).resolve().parents[2]
NOT_OWN: Final = (HERE / "rlprobe", HERE / "probe_envs", Path(sysconfig.get_path("stdlib")))
"""Code of this package and of Python is no script's own."""


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

    @cached_property
    def roots(self) -> list[Path]:
        """The folders with the script's own code: its own, and those above it that belong to it.

        One above it does if the script was started there, if it is that of a project, or if the script says
        where to import from and may name that one.
        """
        here, start = self.path.parent, Path(self.start).resolve()
        above = list(here.parents)[:PROJECT_ABOVE]
        found = [self.folder, here, *([start] if here.is_relative_to(start) else [])]
        found += [one for one in above if any((one / name).exists() for name in PROJECT_FILES)][:1]
        found += above[:1] if b"sys.path" in code_of(self.path) else []
        return list(dict.fromkeys(found))

    def owns(self, file: str | Path) -> bool:
        """Whether a file is the script's own code, and of no library."""
        path = Path(file)
        if in_library(str(path)) or any(map(path.is_relative_to, NOT_OWN)):
            return False
        return any(map(path.is_relative_to, self.roots))

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
    """The launch of a script as typed; raises ``LaunchError`` now if there is no such file or notebook."""
    found = Launch(str(path), tuple(map(str, args)), module, str(Path.cwd()))
    try:
        code_of(found.path)
    except ValueError as error:
        raise LaunchError(str(error)) from None
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
    source = code_of(path)
    code = _compiled(source, str(path), change)
    main = ModuleType("__main__")
    main.__file__ = file or str(path)
    main.__builtins__ = __builtins__  # type: ignore[attr-defined]  # what exec would put there
    if script.is_module:
        spec = importlib.util.find_spec(script.target)
        package = spec is not None and spec.submodule_search_locations is not None
        main.__package__ = script.target if package else script.target.rpartition(".")[0]
    if path.suffix == SUFFIX:
        vars(main)["display"] = lambda *_, **__: None
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
