"""Which methods the code of an agent speaks of: some faults can occur in these methods only."""

from __future__ import annotations

import inspect
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from rlprobe.environments.user_code import in_library

if TYPE_CHECKING:
    from collections.abc import Iterable

CHOICES: Final = "choices"
WORDS: Final = {
    "elites": re.compile("elite"),
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
ON_PURPOSE: Final = {"perturbed policy": "ratio-wrong", "priorities": "distribution-mass-lost"}
"""Faults that look like what a method does on purpose: ratios other than 1 before the first update, and
weights in a cross-entropy."""


def methods_of(agent: Any) -> frozenset[str] | None:
    """The methods of ``WORDS`` that the code of an agent speaks of; None if there is no code to read."""
    code = code_of(agent)
    return frozenset(name for name, words in WORDS.items() if words.search(code)) if code else None


def without_purpose(
    observed: Iterable[tuple[str, str]], methods: frozenset[str] | None
) -> list[tuple[str, str]]:
    """What was seen, each as an id and a sentence, without what the methods of the agent do on purpose."""
    on_purpose = {ON_PURPOSE[one] for one in ON_PURPOSE if one in (methods or ())}
    return [one for one in observed if one[0] not in on_purpose]


def code_of(agent: Any) -> str:
    """The code that an agent says is its own; else that of its class and of the classes of what it holds."""
    said = getattr(agent, "code", None)
    if isinstance(said, str):
        return said
    held = vars(agent).values() if hasattr(agent, "__dict__") else ()
    return "".join(_code(kind) for kind in {type(agent), *map(type, held)})


@cache
def _code(kind: type) -> str:
    """The code of a class of the user; empty for one of a library, or where there is none."""
    try:
        file = inspect.getsourcefile(kind) or ""
        return "" if in_library(file) else inspect.getsource(kind)
    except (OSError, TypeError):
        return ""
