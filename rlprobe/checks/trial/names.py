"""Names of arguments: what people call the quantities of a family."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rlprobe.checks.family import Family, Role

FILLERS = frozenset(
    [
        "b",
        "mb",
        "batch",
        "buf",
        "buffer",
        "arr",
        "array",
        "list",
        "tensor",
        "vec",
        "np",
        "all",
        "the",
        "rollout",
        "traj",
        "in",
        "input",
        "my",
        "this",
        "seq",
        "th",
        "torch",
        "vector",
        "sampled",
        "sample",
        "minibatch",
        "step",
        "steps",
        "at",
        "data",
        "x",
    ]
)
"""Words that say how a quantity is stored, not which it is."""


SAME = {r"log_?prob(abilitie)?s?(?=_|$)": "logp", r"(?<![a-z])lp(?=_|$)": "logp", "behavior": "behaviour"}
"""Ways to write one word."""


def words(name: str) -> list[str]:
    """The words of a name, in lower case.

    >>> words("lastValue_"), words("b_rewards"), words("gae_lambda")
    (['last', 'value'], ['b', 'rewards'], ['gae', 'lambda'])
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    for pattern, word in SAME.items():
        spaced = re.sub(pattern, word, spaced.lower())
    return [word for word in re.split(r"[^A-Za-z0-9]+", spaced) if word]


@cache
def normal(name: str, *, short: bool = True) -> str:
    """A name without the words that say how a quantity is stored, in the singular.

    >>> normal("b_rewards"), normal("dones"), normal("next_obs_batch"), normal("values_t")
    ('reward', 'done', 'next_ob', 'value')
    """
    parts = words(name)
    if short:
        parts = [word for word in parts if word not in FILLERS] or parts
    if len(parts) > 1 and parts[-1] == "t":
        parts = parts[:-1]
    return "_".join(_singular(word) for word in parts)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 2 and word.endswith("s") and not word.endswith("ss") else word


LONG_ENOUGH = frozenset({"gamma", "lam", "tau", "polyak", "alpha", "beta", "kappa", "clip"})
"""Numbers that are recognised within a longer name, such as ``gamma_h``."""


@cache
def matching(name: str, family: Family) -> list[Role]:
    """The roles that a name stands for, the surest first; empty if it says nothing."""
    if name == "T":  # the length, where t is the time
        name = "total_time_steps"
    for short in (False, True):
        wanted = normal(name, short=short)
        exact = [r for r in family.roles if wanted in {normal(a, short=False) for a in known(r)}]
        if exact:
            return sorted(exact, key=lambda role: normal(role.name, short=False) != wanted)
    numbers = [role for role in family.roles if role.variants[0].axes == "" and not role.hidden]
    return [role for role in numbers if role.name in LONG_ENOUGH and role.name in words(name)]


def known(role: Role) -> list[str]:
    """All names of a role."""
    return [role.name, *role.aliases.split()]
