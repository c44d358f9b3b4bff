"""Write files atomically, and check before the work that they can be written."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Write ``content`` to a temporary file beside ``path``, sync it, then rename it to ``path``."""
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_directory(target.parent)


def check_writable(path: str | None) -> None:
    """Raise ``OSError`` now if a file could not be written there later."""
    if path is None:
        return
    folder = Path(path).parent
    if Path(path).is_dir():
        raise OSError(f"{path}: cannot be written: it is a folder; give the name of a file in it")
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        raise OSError(f"{path}: cannot be written: {folder} is not a folder one can write to")


def _sync_directory(folder: Path) -> None:
    """Make the rename itself durable, where the system lets a directory be opened."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
