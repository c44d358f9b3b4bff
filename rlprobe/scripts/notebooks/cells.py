"""The code of a script, or of the cells of a notebook."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".ipynb"
SCRIPTS = ".py", SUFFIX
"""How the names of scripts end."""
MAGIC = re.compile(r"^(\s*)(?:(?:\w+\s*=\s*)?(?:%{1,2}[A-Za-z]|!(?!=)).*|\?+\w.*|\w[\w.]*\?+\s*)$")
"""A line for the notebook and not for Python: ``%matplotlib inline``, ``!pip install``, ``env?``."""
RUNS_PYTHON = ("%%time", "%%timeit", "%%capture", "%%prun")
"""Magics of a whole cell whose rest is Python; other cells, as of ``%%bash``, are left out."""


def code_of(path: Path) -> bytes:
    """The Python code of a file; that of a notebook is what its code cells hold, one after the other.

    Raises:
        ValueError: the file is called a notebook, and is none.
    """
    if path.suffix != SUFFIX:
        return path.read_bytes()
    try:
        cells = json.loads(path.read_bytes())["cells"]
        code = [_python("".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path.name}: expected a notebook of version 4 ({error!r})") from None
    return "\n\n".join(code).encode()


def _python(cell: str) -> str:
    r"""A cell without what is not Python; each line stays where it is.

    >>> print(_python("%matplotlib inline\nif colab:\n  !pip install gymnasium\nx = 1 % 2"))
    pass  # %matplotlib inline
    if colab:
      pass  # !pip install gymnasium
    x = 1 % 2
    >>> _python("%%bash\nls")
    '# %%bash\n# ls'
    """
    first = cell.lstrip().partition("\n")[0]
    if first.startswith("%%") and not first.startswith(RUNS_PYTHON):
        return "\n".join(f"# {line}" for line in cell.split("\n"))
    return "\n".join(_line(line) for line in cell.split("\n"))


def _line(line: str) -> str:
    found = MAGIC.match(line)
    return f"{found[1]}pass  # {line.strip()}" if found else line
