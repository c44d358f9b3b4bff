"""Does each parameter arrive? Two short runs with one seed, at opposite ends of its range."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

from rlprobe.search.script import same_so_far
from rlprobe.search.space import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from rlprobe.search.script import Ran, Script
    from rlprobe.search.space import Range

SEED: Final = 0
REFUSED: Final = re.compile(
    r"unrecognized arguments|unrecognized options|no such option|unexpected keyword|unknown flag",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Arrival:
    """What two runs at opposite ends have shown.

    Args:
        silent: parameters that change nothing at all.
        doubts: what could not be found out.
    """

    silent: tuple[str, ...]
    doubts: tuple[str, ...]


def middle(one: Range) -> str:
    """A value in the middle of a range, as a script gets it.

    >>> from rlprobe.search.space import Range
    >>> middle(Range.of("lr=log:1e-4..1e-2")), middle(Range.of("n=pow2:32..128"))
    ('0.001', '64')
    """
    if one.choices:
        return one.choices[len(one.choices) // 2]
    value = sqrt(one.low * one.high) if one.kind in {"log", "logint"} else (one.low + one.high) / 2
    return shown(float(int(value)) if one.kind in {"int", "logint"} else float(f"{value:.6g}"))


def arrivals(
    script: Script,
    ranges: Sequence[Range],
    out: Path,
    seconds: float,
    tell: Callable[[str], None] = lambda _: None,
) -> Arrival:
    """Run the script at both ends of each range, the other parameters in the middle of theirs.

    Args:
        script: the script.
        ranges: of the parameters.
        out: folder for the runs.
        seconds: for each run at most.
        tell: called with the parameter that is tried.

    Raises:
        ValueError: the script takes no option of that name, or does not run at all.
    """
    centre = {one.name: middle(one) for one in ranges}
    tell("the same run twice")
    first, again = (script.run(centre, SEED, out / f"middle-{i}", seconds) for i in (1, 2))
    _check(script, first)
    if not same_so_far(first, again):
        return Arrival(
            (), ("two runs with one seed differ: it cannot be told whether each parameter arrives",)
        )
    silent, doubts = [], []
    for one in ranges:
        tell(one.name)
        low, high = (
            script.run(centre | {one.name: end}, SEED, out / f"{one.name}-{i}", seconds)
            for i, end in enumerate(one.ends)
        )
        if not (low.episodes and high.episodes) or not same_so_far(low, high):
            continue
        if low.whole and high.whole:
            silent.append(one.name)
        else:
            count = min(len(low.episodes), len(high.episodes))
            doubts.append(
                f"{one.name} changes nothing in the first {count} episodes: the check was too short "
                "to say more"
            )
    return Arrival(tuple(silent), tuple(doubts))


def _check(script: Script, ran: Ran) -> None:
    """The script must run, and its returns must be seen."""
    if ran.error and ran.whole:
        what = "does not take what it is given" if REFUSED.search(ran.error) else "failed"
        raise ValueError(f"{script.path} {what}: {ran.error}")
    if not ran.episodes:
        why = f"in {ran.error.removeprefix('ended after ')}" if ran.error else "in its whole run"
        raise ValueError(
            f"{script.path}: no episode of an environment made by gymnasium.make has ended {why}; "
            "the returns are read there"
        )
