r"""Look, add seeds, look again, without calling noise a difference more often than in 5 % of cases.

Who looks after every new seed and stops at the first p < 0.05 finds a difference in noise about twice as
often as they think. Here the looks are fixed: at 5, 7, 10, 14 and 20 seeds of each group, and each has a
level of its own. The levels spend $0.05 \ln(1 + (e - 1) t)$ of the chance of an error up to the share $t$
of all seeds, as Pocock's bounds do.

Source: Lan and DeMets (1983), "Discrete sequential boundaries for clinical trials". The levels were computed
from four million simulated sequences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rlprobe.comparison.statistics.difference import difference
from rlprobe.comparison.statistics.permutation import ALPHA

if TYPE_CHECKING:
    from rlprobe.comparison.log import Floats

LOOKS: Final = (5, 7, 10, 14, 20)
"""Seeds of each group at which one looks."""
LEVELS: Final = (0.01787, 0.01172, 0.0135, 0.01589, 0.01961)
"""P-values below which the difference is clear, one for each look."""


@dataclass(frozen=True)
class Looked:
    """What the looks have shown so far.

    Args:
        look: number of the last look that was possible, from 1; 0 if there are too few seeds for the first.
        seeds: seeds of each group at that look.
        p: p-value there.
        level: the p-value below which the difference is clear there.
        sign: 1 or -1 if the difference is clear, 0 if not.
        more: seeds of each group that the next look needs; 0 if there is none, or nothing more to show.
        undone: whether it is clear in the seeds that were run, and one more at the other end would undo it.
    """

    look: int
    seeds: int
    p: float
    level: float
    sign: int
    more: int
    undone: bool = False


def looked(a: Floats, b: Floats, pairs: int = 1, *, allow_failure: bool = False) -> Looked:
    """Every look that the scores of two groups allow, in the order in which the seeds were run.

    Args:
        a: ``(m,)`` scores, in the order of the seeds.
        b: ``(n,)`` scores, in the order of the seeds.
        pairs: number of pairs among which the levels are divided.
        allow_failure: whether one more seed that fails must not undo it.

    >>> import numpy as np
    >>> looked(np.arange(6.0), np.arange(6.0) + 0.5).more, looked(np.arange(5.0), np.arange(5.0) + 99).sign
    (7, -1)
    """
    last = Looked(0, 0, 1.0, 0.0, 0, LOOKS[0])
    for place, (count, level) in enumerate(zip(LOOKS, LEVELS, strict=True)):
        if min(len(a), len(b)) < count:
            break
        one = difference(a[:count], b[:count])
        seen = one.seen.p <= level / pairs
        undone = seen and one.if_one_fails.p > ALPHA
        clear = seen and not (allow_failure and undone)
        further = LOOKS[place + 1] if place + 1 < len(LOOKS) else 0
        sign = (1 if one.value > 0 else -1) if clear else 0
        more = 0 if clear else further
        last = Looked(place + 1, count, one.seen.p, level / pairs, sign, more, undone)
        if clear:
            break
    return last
