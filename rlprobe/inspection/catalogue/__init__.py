"""Every kind of flag that an inspection can raise."""

from __future__ import annotations

from typing import Final

from rlprobe.inspection.catalogue import contract, learning, scale
from rlprobe.inspection.flag_kind import TITLES, FlagKind

_KINDS = (*learning.KINDS, *scale.KINDS, *contract.KINDS)
CATALOGUE: Final[tuple[FlagKind, ...]] = tuple(
    kind for section in TITLES for kind in _KINDS if kind.section == section
)
"""In the order of the sections of a report."""
_BY_ID: Final = {kind.id: kind for kind in CATALOGUE}


class UnknownFlagError(KeyError):
    """No kind of flag has this id."""

    def __str__(self) -> str:
        return str(self.args[0])


def kind_of(id_: str) -> FlagKind:
    """The kind of flag with this id.

    Raises:
        UnknownFlagError: there is none.

    >>> kind_of("angle-wrap").section
    'scale'
    """
    if id_ not in _BY_ID:
        raise UnknownFlagError(f"no flag is called {id_!r}; there are {', '.join(_BY_ID)}")
    return _BY_ID[id_]
