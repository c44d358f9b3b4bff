"""The table on a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from rlprobe.baselines.table import Row, Table

WIDTH: Final = 80
NAME_WIDTH: Final = 29
KIND_STYLE: Final = {"yours": "bold", "random": "dim", "held": "dim", "constant": "dim"}


def lines(table: Table) -> list[tuple[str, str]]:
    """The table as ``(line, style)``."""
    solved = "" if table.threshold is None else f", solved from {short(table.threshold)}"
    cached = ", from the cache (--fresh measures again)" if table.cached else ""
    found = [(f"{table.env}: baselines in {table.seconds:.0f} s{solved}{cached}", "bold")]
    head = f"  {'':{NAME_WIDTH}} {'mean':>7} {'95 %':>15} {'best':>7} {'steps':>7}  steps/s"
    found.append((head.rstrip(), "dim"))
    found += [(_line(table, row), KIND_STYLE.get(row.kind, "")) for row in table.rows]
    for row in table.rows:
        if row.kind == "yours":
            found += [(line, "") for line in _wrap(f"{row.name}: {row.note}")]
    for why in dict.fromkeys(one.why for one in table.missing):
        names = ", ".join(one.name for one in table.missing if one.why == why)
        found += [(line, "yellow") for line in _wrap(f"not done: {names}: {why}")]
    if table.facts.cut_at is not None:
        said = f"it has no time limit: episodes are cut after {table.facts.cut_at:,} steps"
        found += [(line, "") for line in _wrap(said)]
    return [*found, *((line, "bold") for line in _wrap(table.verdict))]


def _line(table: Table, row: Row) -> str:
    mark = {True: "*", False: " ", None: " "}[table.solved(row)]
    whole = interval(row)
    rate = row.steps / row.seconds if row.seconds else float("nan")
    name = row.name.replace(" (Stable-Baselines3)", " (SB3)")
    return (
        f"{mark} {name[:NAME_WIDTH]:{NAME_WIDTH}} {figure(row.mean):>7} {whole:>15} {figure(row.best):>7} "
        f"{count(row.steps):>7} {count(rate):>8}"
    )


def interval(row: Row) -> str:
    """The 95 % interval of the mean in words."""
    return f"{figure(row.low)} to {figure(row.high)}" if np.isfinite(row.half) else "one episode"


def figure(value: float) -> str:
    """A return; what is only rounding error is 0.

    >>> figure(-1.4e-17), figure(-200.0)
    ('0', '-200')
    """
    return short(0.0 if abs(value) < 1e-9 else value)


def count(number: float) -> str:
    """A count in few letters.

    >>> count(950), count(12_345), count(2_500_000)
    ('950', '12.3k', '2.5M')
    """
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{letter}"
    return f"{number:.0f}"


def _wrap(sentence: str) -> list[str]:
    return textwrap.wrap(sentence, WIDTH, subsequent_indent="  ") or [""]
