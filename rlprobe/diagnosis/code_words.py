"""Which methods the code of an agent speaks of: some faults can occur in these methods only."""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rlprobe.environments.user_code import in_library

if TYPE_CHECKING:
    from collections.abc import Iterable

CHOICES: Final = "choices"
WORDS: Final = {
    "elites": re.compile(r"elite|(percentile|quantile)\(\s*\w*(return|reward|score|fitness)", re.IGNORECASE),
    "priorities": re.compile("prio|sum_?tree|importance", re.IGNORECASE),
    "distributions": re.compile("atom|support|quantile|c51|n_?bins|v_?min", re.IGNORECASE),
    CHOICES: re.compile(
        r"eps|explor|noise|arg_?max|\bmax\(|topk|greedy|determin|space\.sample|rand(om\(|int|range)",
        re.IGNORECASE,
    ),
    "target networks": re.compile(
        r"target_?(net|model|q|critic|actor|param|table|polic|val|enc|update)|deepcopy|load_state|polyak|soft_?update"
        r"|(net|model|q|critic|actor|table|polic(y|ies)|values?)s?_?(target|targ|old|hat|fixed|frozen)",
        re.IGNORECASE,
    ),
    "perturbed policy": re.compile(r"\brpo(?![a-z])", re.IGNORECASE),
}
"""Methods, and the words that code with them has.

Populations that keep the best of many candidates; prioritised replay (Schaul et al., 2016); critics of
distributions; actions that are not just drawn from a policy; networks that follow the trained one at a
distance; and robust policy optimisation (Rahman and Xue, 2022), which adds noise to the mean of its policy in
every loss.
"""
OF_CLASSES: Final = frozenset({"elites", "perturbed policy", CHOICES})
"""Methods that classes themselves speak of; what else a file says does not count for them."""
WITHOUT_AGENTS: Final = frozenset({"numpy", "torch", "gymnasium", "probe_envs", "rlprobe"})
ON_PURPOSE: Final = {"perturbed policy": "ratio-wrong", "priorities": "distribution-mass-lost"}
"""Faults that look like what a method does on purpose: ratios other than 1 before the first update, and
weights in a cross-entropy."""


def methods_of(agent: Any) -> frozenset[str] | None:
    """The methods of ``WORDS`` that the code of an agent speaks of; None if not all of it can be read."""
    found = code_of(agent)
    if found is None:
        return None
    return frozenset(
        name
        for name, words in WORDS.items()
        if words.search(found.classes if name in OF_CLASSES else found.files)
    )


def without_purpose(
    observed: Iterable[tuple[str, str]], methods: frozenset[str] | None
) -> list[tuple[str, str]]:
    """What was seen, each as an id and a sentence, without what the methods of the agent do on purpose."""
    on_purpose = {ON_PURPOSE[one] for one in ON_PURPOSE if one in (methods or ())}
    return [one for one in observed if one[0] not in on_purpose]


@dataclass(frozen=True)
class Code:
    """The code of an agent: that of its classes, and that of the files they are in."""

    classes: str
    files: str


def code_of(agent: Any) -> Code | None:
    """The code that an agent says is its own; else that of its class and of the classes of what it holds.

    None if some of it is that of another library, or cannot be read: such code may do anything.
    """
    said = getattr(agent, "code", None)
    if isinstance(said, str):
        return Code(said, said)
    held = vars(agent).values() if hasattr(agent, "__dict__") else ()
    kinds = {kind for one in {type(agent), *map(type, held)} for kind in one.__mro__ if not _is_plain(kind)}
    read = [_code(kind) for kind in sorted(kinds, key=lambda kind: kind.__qualname__)]
    found = [one for one in read if one is not None]
    if not found or len(found) < len(read):
        return None
    return Code("".join(one.classes for one in found), "".join(one.files for one in found))


def _is_plain(kind: type) -> bool:
    """Whether a class is of Python or of a library that has no agents."""
    package = kind.__module__.partition(".")[0]
    return package in sys.stdlib_module_names or package in WITHOUT_AGENTS


@cache
def _code(kind: type) -> Code | None:
    """The code of a class of the user; None for one of a library, or where there is none."""
    try:
        file = inspect.getsourcefile(kind) or ""
        return None if in_library(file) else Code(inspect.getsource(kind), Path(file).read_text("utf-8"))
    except (OSError, TypeError, UnicodeDecodeError):
        return None
