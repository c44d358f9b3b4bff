"""Does each parameter arrive? Two short runs with one seed, at opposite ends of its range."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

from rlprobe.search.trials.script import same_so_far
from rlprobe.search.trials.space import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from rlprobe.search.trials.script import Ran, Script
    from rlprobe.search.trials.space import Range

SEED: Final = 0
DIFFERS: Final = "the same arguments twice give other returns"
REFUSED: Final = re.compile(
    r"unrecogni[sz]ed (arguments|options)|no such option|unexpected keyword|unknown (command line )?flag|"
    r"could not override|could not consume",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Arrival:
    """What two runs at opposite ends have shown.

    Args:
        silent: parameters that change nothing at all.
        arrived: parameters that change the returns.
        doubts: what could not be found out.
        read: where the returns were read.
    """

    silent: tuple[str, ...] = ()
    arrived: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    read: str = ""


def middle(one: Range) -> str:
    """A value in the middle of a range, as a script gets it.

    >>> from rlprobe.search.trials.space import Range
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
        why = "" if script.takes_seed else ", and no seed reaches it"
        return Arrival(
            doubts=(f"{DIFFERS}{why}: so whether a parameter has an effect cannot be tested",),
            read=first.returns.source,
        )
    silent, arrived, doubts = [], [], []
    for one in ranges:
        tell(one.name)
        ends = [
            script.run(centre | {one.name: end}, SEED, out / f"{one.name}-{i}", seconds)
            for i, end in enumerate(one.ends)
        ]
        word, doubt = _compared(one, *ends)
        silent += [one.name] if word == "silent" else []
        arrived += [one.name] if word == "arrived" else []
        doubts += [f"{one.name}: {doubt}"] if doubt else []
    return Arrival(tuple(silent), tuple(arrived), tuple(doubts), first.returns.source)


def _compared(one: Range, low: Ran, high: Ran) -> tuple[str, str]:
    """Whether a parameter has arrived, and what is doubtful about it."""
    failed = [(end, ran) for end, ran in zip(one.ends, (low, high), strict=True) if ran.error and ran.whole]
    if failed:
        return "", "; ".join(f"the script fails at {end}: {ran.error}" for end, ran in failed)
    if not (low.returns.rows and high.returns.rows):
        return "", f"no return within {low.error.removeprefix('ended after ') or 'the run'}; not checked"
    if not same_so_far(low, high):
        return "arrived", ""
    count = min(len(low.returns.rows), len(high.returns.rows))
    if not (low.whole and high.whole):
        return (
            "",
            f"no effect on the first {count} returns; the test ended too early to say more",
        )
    if not low.returns.telling:
        return "", "both ends give the same returns, but too few different ones to say that it has no effect"
    return "silent", ""


def _check(script: Script, ran: Ran) -> None:
    """The script must run, and its returns must be seen."""
    if ran.error and ran.whole:
        what = "does not take what it is given" if REFUSED.search(ran.error) else "failed"
        raise ValueError(f"{script.path} {what}: {ran.error}")
    if ran.returns.rows:
        return
    if script.metric is not None:
        raise ValueError(
            f"{script.path}: {script.metric} is neither printed nor written to a file of the run"
        )
    within = f" within {ran.error.removeprefix('ended after ')}" if ran.error else ""
    raise ValueError(
        f"{script.path}: no return found{within}: no episode of an environment has ended, and no printed "
        'line or log in {out} holds one; print {"return": 12.3} at the end, or name what you print or write '
        "with --metric"
    )
