"""Faults in how entropy enters the values of maximum-entropy methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rlprobe.faults.soft import (
    sac_entropy_at_terminal,
    sac_entropy_missing,
    tanh_correction_missing,
    temperature_sign,
)

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault

FAULTS: Final[tuple[Fault, ...]] = (
    sac_entropy_missing.FAULT,
    sac_entropy_at_terminal.FAULT,
    tanh_correction_missing.FAULT,
    temperature_sign.FAULT,
)
