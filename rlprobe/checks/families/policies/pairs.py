"""Which of two distributions is the first in ``KL(p || q)``, where their names leave it open."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def in_order(passed: Sequence[tuple[str, str]], of_first: frozenset[str]) -> bool:
    """Whether a reading takes the old distribution, or the first argument, as the first.

    ``kl(old, new)`` is ``KL(old || new)``; ``kl(new, old)`` may be either, and is accepted as both.

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
    names = [passed[place][0].lower() for place in first]
    return all(re.search(r"old|(^|_)p(_|$)|1|0|(^|_)a(_|$)", name) for name in names)
