"""Every kind of finding that the monitors can raise."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from rlprobe.monitors.findings.about_critic import CRITIC
from rlprobe.monitors.findings.about_data import DATA
from rlprobe.monitors.findings.about_losses import LOSSES
from rlprobe.monitors.findings.about_policy import POLICY
from rlprobe.monitors.findings.about_updates import UPDATES

if TYPE_CHECKING:
    from rlprobe.monitors.findings.kind import FindingKind

CATALOGUE: Final[tuple[FindingKind, ...]] = (*UPDATES, *LOSSES, *POLICY, *CRITIC, *DATA)
_BY_ID = {kind.id: kind for kind in CATALOGUE}


def kind_of(id_: str) -> FindingKind:
    """The kind of finding with this id.

    Raises:
        ValueError: there is none; the message gives the nearest names.
    """
    if id_ not in _BY_ID:
        near = get_close_matches(id_, _BY_ID, n=3)
        raise ValueError(f"no finding is called {id_!r}; the nearest are {near or sorted(_BY_ID)}")
    return _BY_ID[id_]
