"""Arguments of a comparison as groups of candidates with short names."""

from __future__ import annotations

import glob
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rlprobe.comparison.finding.candidates import Candidate, candidates
from rlprobe.comparison.finding.files import matches
from rlprobe.comparison.finding.settings import bare, without_seed
from rlprobe.comparison.log import LogError

if TYPE_CHECKING:
    from collections.abc import Sequence


def gathered(arguments: Sequence[str]) -> tuple[list[Candidate], list[str], list[str]]:
    """The candidates of all arguments, the names of the groups in order, and what could not be read.

    A single argument is divided into the algorithms that lie in it.

    Raises:
        ValueError: an argument is given twice.
        FileNotFoundError: nothing matches an argument.
        LogError: there are fewer than two groups.
    """
    if len(arguments) == 1:
        return _divided(arguments[0])
    names = [bare(name) for name in short_names(arguments)]
    names = names if len(set(names)) == len(names) else short_names(arguments)
    if len({tuple(matches(one)) for one in arguments}) < len(arguments):
        raise ValueError(f"{', '.join(arguments)}: the same runs are given twice; name two different folders")
    found: list[Candidate] = []
    problems: list[str] = []
    for name, argument in zip(names, arguments, strict=True):
        try:
            here, said = candidates(name, argument)
        except LogError as error:
            here, said = [], [str(error)]
        labels = Counter(label_of(one, argument) for one in here)
        several = sorted(label for label, count in labels.items() if label and count > 1)
        if len(several) > 1:
            listed = ", ".join(several)
            said.append(f"{argument}: contains {listed}; all of them are taken as one group, {name}")
        found += here
        problems += said
    if len({one.group for one in found}) < 2:
        raise LogError("; ".join(problems) or "fewer than two of the arguments contain a run")
    return _joined(*_called_by_algorithm(found, names, arguments), problems)


def _called_by_algorithm(
    found: list[Candidate], names: list[str], arguments: Sequence[str]
) -> tuple[list[Candidate], list[str]]:
    """Patterns get the names of the algorithms that they match, if each matches one and all differ."""
    labels = {
        name: {one.facts.get("algorithm", ("", ""))[0] for one in found if one.group == name}
        for name in names
    }
    new = {name: next(iter(labels[name])) if len(labels[name]) == 1 else "" for name in names}
    patterns = all(glob.has_magic(argument) for argument in arguments)
    if not patterns or "" in new.values() or len(set(new.values())) < len(names):
        return found, names
    return [replace(one, group=new[one.group]) for one in found], list(new.values())


def _joined(
    found: list[Candidate], names: list[str], problems: list[str]
) -> tuple[list[Candidate], list[str], list[str]]:
    """Single runs grouped by their names: a shell hands over a pattern as ``ppo_0 ppo_1 sac_0``.

    Arguments of which one holds several runs are groups as they are.
    """
    labels = {one.group: _name_of(one) for one in found}
    together = list(dict.fromkeys(labels.values()))
    if not 1 < len(together) < len(found) == len(labels) or "" in together:
        return found, names, problems
    said = f"{len(found)} single runs are taken as the groups {', '.join(together)}, by their names"
    return [replace(one, group=labels[one.group]) for one in found], together, [*problems, said]


def _name_of(run: Candidate) -> str:
    if "algorithm" in run.facts:
        return run.facts["algorithm"][0]
    return without_seed(run.path.name) or run.path.parent.name


def _divided(argument: str) -> tuple[list[Candidate], list[str], list[str]]:
    found, problems = candidates("", argument)
    named = [replace(one, group=label_of(one, argument) or "the others") for one in found]
    names = list(dict.fromkeys(one.group for one in named))
    if len(names) < 2:
        raise LogError(
            f"{argument}: contains {len(found)} runs of one group; give two folders or patterns, such as "
            "rlprobe compare runs/ppo runs/sac"
        )
    return named, names, problems


def label_of(candidate: Candidate, argument: str) -> str:
    """What the algorithm of a run is called: by its configuration, else by the name below the argument."""
    if "algorithm" in candidate.facts:
        return candidate.facts["algorithm"][0]
    top = Path(argument)
    if not top.is_dir() or not candidate.path.is_relative_to(top) or candidate.path == top:
        return ""
    for part in candidate.path.relative_to(top).parts:
        label = without_seed(part)
        if label:
            return label
    return ""


def short_names(arguments: Sequence[str]) -> list[str]:
    """The last parts of paths, as many as are needed to tell them apart.

    >>> short_names(["runs/ppo/", "runs/sac"]), short_names(["a/ppo", "b/ppo"])
    (['ppo', 'sac'], ['a/ppo', 'b/ppo'])
    """
    parts = [Path(one).parts or (one,) for one in arguments]
    for count in range(1, max(map(len, parts)) + 1):
        names = ["/".join(one[-count:]) for one in parts]
        if len(set(names)) == len(names):
            return names
    return list(arguments)
