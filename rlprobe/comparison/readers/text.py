"""Text files of logs: read as bytes, told from other files, and relieved of a half-written last line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.comparison.log import LogError

if TYPE_CHECKING:
    from pathlib import Path

FEW_LINES: Final = 10
"""A file of so few lines is written at once, if with a missing end of the last line."""


def text_of(path: Path) -> str:
    """The content of a text file.

    Raises:
        LogError: it is empty or no text.
    """
    content = path.read_bytes()
    if not content.strip():
        raise LogError("the file is empty")
    if b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise LogError("the file is not text, although its name says so")
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    return content.decode(encoding, errors="replace").replace("\0", "")


def whole_lines(text: str) -> tuple[list[str], list[str]]:
    r"""The lines that are not blank, and what is left out.

    A last line without an end may be cut in the middle of a number, and still look whole: it is left out.

    >>> whole_lines("a,b" + 20 * "\n1,2" + "\n3,4")[0][-1]
    '1,2'
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > FEW_LINES and not text.endswith(("\n", "\r")):
        return lines[:-1], ["its last line is half-written and was left out"]
    return lines, []


def number(word: str | None) -> float:
    """A cell as a number; NaN where there is none.

    >>> number("1e3"), number(""), number("nan"), number("12;"), number("True")
    (1000.0, nan, nan, nan, nan)
    """
    try:
        return float(word) if word else float("nan")
    except ValueError:
        return float("nan")


def is_said_nan(word: str | None) -> bool:
    """Whether a cell holds a number that is none, as opposed to nothing.

    >>> is_said_nan("nan"), is_said_nan(" -inf"), is_said_nan(""), is_said_nan("7")
    (True, True, False, False)
    """
    return (word or "").strip().lower().lstrip("+-") in {"nan", "inf", "infinity"}
