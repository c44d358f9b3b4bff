"""The files of a script: itself and those of its own that it imports, and what they import and read."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from rlprobe.scripts.notebooks.cells import code_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rlprobe.scripts.launch import Launch

MOST_FILES: Final = 100
OLD_INFOS: Final = frozenset({"final_observation", "final_info"})
"""What vector environments put into ``infos`` before Gymnasium 1.0."""

ATARI: Final = re.compile(r"ALE/\w+-v\d|\w+NoFrameskip-v\d|import ale_py")


def own_files(script: Launch) -> list[Path]:
    """A script, and the files of its own that it imports, directly or not."""
    found = [script.path]
    for file in found:
        for folders, name in _imports_of(file, script.roots):
            found += [one for one in _files_of(folders, name) if one not in found and script.owns(one)]
        if len(found) > MOST_FILES:
            break
    return found


def imported_names(script: Launch) -> set[str]:
    """The modules that a script and the files of its own import by their full names."""
    return {name for file in own_files(script) for _, name in _imports_of(file, None)}


def vector_api_of(script: Launch) -> str:
    """``"0.29"`` if a script cannot run on the vector environments of Gymnasium 1.0, else ``"1.0"``.

    It, or a file of its own that it imports, reads ``infos["final_observation"]`` or ``infos["final_info"]``
    without a look whether it is there.
    """
    return "0.29" if any(map(_reads_old_infos, own_files(script))) else "1.0"


def plays_atari(script: Launch) -> bool:
    """Whether a script names an Atari game, in its code, in that of its own files, or on its command line."""
    code = [code_of(file).decode("utf-8", "replace") for file in own_files(script)]
    return any(ATARI.search(text) for text in (*code, *script.args))


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
        return list(ast.walk(ast.parse(code_of(path))))
    except (SyntaxError, ValueError, OSError):
        return []


def _files_of(folders: list[Path], name: str) -> Iterator[Path]:
    """The first file of a module in some folders, and those of the packages that it is in."""
    parts = name.split(".")
    for folder in folders:
        place = folder.joinpath(*parts)
        here = [one for one in (place.with_name(place.name + ".py"), place / "__init__.py") if one.is_file()]
        if here:
            yield here[0]
            yield from (
                p for i in range(1, len(parts)) if (p := folder.joinpath(*parts[:i], "__init__.py")).is_file()
            )
            return


def _imports_of(path: Path, roots: list[Path] | None) -> Iterator[tuple[list[Path], str]]:
    """What a file imports: the folders to look in, and the name; what is imported of a module may be one.

    Args:
        path: the file.
        roots: where modules with full names lie; None for such names only, of modules alone.
    """
    for level, module, parts in _statements(path, path.stat().st_mtime_ns):
        if level and roots is None:
            continue
        folders = [path.parents[level - 1]] if level else roots or []
        if module:
            yield folders, module
        if roots is not None:
            yield from ((folders, f"{module}.{part}" if module else part) for part in parts)


@lru_cache(maxsize=1_024)
def _statements(path: Path, changed: int) -> tuple[tuple[int, str, tuple[str, ...]], ...]:
    """The imports of a file as it is since ``changed``: the level, the module, and what is imported of it."""
    del changed
    found: list[tuple[int, str, tuple[str, ...]]] = []
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            found += [(0, alias.name, ()) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parts = tuple(alias.name for alias in node.names if alias.name != "*")
            found.append((node.level, node.module or "", parts))
    return tuple(found)
