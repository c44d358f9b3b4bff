"""The identities of each family, and how they are asked of a reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.checks.evidence import batches, bookkeeping, rollouts
from rlprobe.checks.evidence.identity import Asked, Identity, asked_of
from rlprobe.checks.trial.compare import shaped

if TYPE_CHECKING:
    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family
    from rlprobe.checks.trial.search import Tried

IDENTITIES: Final[dict[str, tuple[Identity, ...]]] = {**rollouts.OF, **batches.OF, **bookkeeping.OF}


def identities_of(one: Tried, family: Family, cases: list[Case]) -> dict[str, bool]:
    """Whether each identity holds, of the result that is right, or of that which the shape speaks for."""
    identities = IDENTITIES.get(family.name, ())
    found: list[dict[str, bool]] = []
    for part, name in enumerate(one.match.names):
        for output in [name] if name else _outputs(part, one, family):
            asked = Asked(one.reading, family, output, part)
            if any(each.output in {"", output} for each in identities):
                found.append(asked_of(asked, identities, cases))
        if found:
            break
    return min(found, key=lambda some: sum(not holds for holds in some.values()), default={})


def _outputs(part: int, one: Tried, family: Family) -> list[str]:
    """The results that a part that equals none may be meant as."""
    if one.match.names[part] is None:
        return []
    called = one.reading.label or getattr(one.reading.function, "__name__", "")
    return [
        name
        for name, axes in family.outputs.items()
        if family.allowed(called, name)
        and name not in family.extras
        and shaped(one.match.parts[part], axes, one.case, one.reading) is not None
    ]
