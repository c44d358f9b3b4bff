"""A comparison on a terminal of 80 columns: the verdict first."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from rlprobe.comparison.report import more_seeds, words
from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rlprobe.comparison.findings import Findings, Group, Pair

WIDTH: Final = 80
STYLES: Final = {
    "better": "bold green",
    "worse": "bold green",
    "noise": "bold yellow",
    "too few seeds": "bold yellow",
}
MOST_PROBLEMS: Final = 12
Line = tuple[str, str]


def lines(found: Findings) -> list[Line]:
    """The result as ``(line, style)``."""
    body: list[Line] = []
    tasks = list(dict.fromkeys(pair.a.task for pair in found.pairs))
    for pair in found.pairs:
        body += [*_pair(pair), ("", "")]
    for task in tasks:
        groups = [group for group in found.groups if group.task == task]
        if len(tasks) > 1:
            body.append((task or "unnamed task", "bold underline"))
        body += [(line, "") for line in wrapped(words.scale(found, task), "")]
        body += [*_table(groups), ("", ""), *_sentences(groups)]
    return [*body, *_problems(found)]


def _pair(pair: Pair) -> Iterator[Line]:
    for line in wrapped(words.headline(pair), ""):
        yield line, STYLES[pair.verdict]
    for line in wrapped(words.difference(pair), "  "):
        yield line, ""
    if pair.looked:
        for sentence in more_seeds.until_clear(pair):
            for line in wrapped(sentence, "  "):
                yield line, "bold"
    elif pair.verdict == "too few seeds":
        for line in wrapped(more_seeds.why_too_few(pair), "  "):
            yield line, ""
    for line in wrapped(more_seeds.fragile(pair), "  "):
        yield line, ""
    rows = words.needed(pair)
    if rows:
        yield "  seeds of each needed to find a difference (80 % power, if none fails):", "dim"
        for name, seeds in rows:
            yield f"    {name:20} {seeds}", ""


def _table(groups: list[Group]) -> Iterator[Line]:
    width = max(5, *(len(group.name) for group in groups))
    width = min(width, 30)
    yield f"  {'':{width}} {'seeds':>6} {'mean':>9} {'median':>9} {'lowest':>9} {'highest':>9}", "dim"
    for group in groups:
        s = group.scores
        cells = "".join(f" {short(float(v)):>9}" for v in (s.mean(), words.median(s), s.min(), s.max()))
        yield f"  {group.name[-width:]:{width}} {len(s):>6}{cells}", ""


def _sentences(groups: list[Group]) -> Iterator[Line]:
    for title, made in (
        ("Noise floor", [words.noise(group) for group in groups]),
        ("Failing seeds", [line for group in groups if (line := words.failing(group))]),
        ("The next run", [words.next_run(group) for group in groups]),
        ("Runs", [words.read_from(group) for group in groups]),
    ):
        if made:
            yield title, "bold"
            for sentence in made:
                for line in wrapped(sentence, "  "):
                    yield line, ""


def _problems(found: Findings) -> Iterator[Line]:
    if found.problems:
        yield "Left out, cut or doubtful", "bold"
    for problem in found.problems[:MOST_PROBLEMS]:
        for line in wrapped(problem, "  "):
            yield line, "yellow"
    if len(found.problems) > MOST_PROBLEMS:
        yield f"  and {len(found.problems) - MOST_PROBLEMS} more: see --json", "yellow"


def wrapped(text: str, indent: str) -> list[str]:
    """A sentence in lines of 80 columns; a number stays with its per cent.

    >>> wrapped("x" * 76 + " 30 % of it", "")[1]
    '  30 % of it'
    """
    lines = textwrap.wrap(
        text.replace(" %", "\N{NO-BREAK SPACE}%"),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_on_hyphens=False,
    )
    return [line.replace("\N{NO-BREAK SPACE}%", " %") for line in lines]
