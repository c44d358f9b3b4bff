"""Exploration probes: they measure how far exploration and credit assignment reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from probe_envs.probes.exploration import (
    deep_sea,
    delayed_credit,
    lock,
)

if TYPE_CHECKING:
    from probe_envs.probe import Probe

PROBES: Final[tuple[Probe, ...]] = (
    delayed_credit.PROBE,
    lock.PROBE,
    deep_sea.PROBE,
)
