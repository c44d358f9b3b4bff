"""Which of two distributions is the first in ``KL(p || q)``, where their names leave it open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


FIRST, SECOND = re.compile(r"old|(^|_)[pa](_|$)|[01]"), re.compile(r"new|(^|_)[qb](_|$)|[12]")
"""What the names of the first and the second distribution may say."""


def in_order(passed: Sequence[tuple[str, str]], of_first: frozenset[str]) -> bool:
    """Whether a reading takes the first argument as the first distribution, or the one that is called so.

    ``kl(old, new)`` is ``KL(old || new)``; ``kl(new, old)`` and ``kl(q, p)`` may be either way round.

    Args:
        passed: names of parameters and the roles that they are given.
        of_first: roles of the first distribution.

    >>> in_order([("old", "p"), ("new", "q")], frozenset("p"))
    True
    >>> in_order([("old", "q"), ("new", "p")], frozenset("p"))
    False
    >>> in_order([("new", "p"), ("old", "q")], frozenset("p"))
    True
    """
    first = [place for place, (_, role) in enumerate(passed) if role in of_first]
    second = [place for place, (_, role) in enumerate(passed) if role not in of_first]
    if not first or not second or min(first) < min(second):
        return True
    names = [[passed[place][0].lower() for place in places] for places in (first, second)]
    plain = [name for name in names[1] if not FIRST.search(name)]
    return all(FIRST.search(name) for name in names[0]) and (
        all(SECOND.search(name) for name in names[1]) or len(plain) == len(names[1])
    )
