"""Exploration probes: they measure how far exploration, credit assignment and memory reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from probe_envs.probes.exploration import (
    deep_sea,
    delayed_credit,
    lock,
    t_maze,
)

if TYPE_CHECKING:
    from probe_envs.probe import Probe

PROBES: Final[tuple[Probe, ...]] = (
    delayed_credit.PROBE,
    lock.PROBE,
    deep_sea.PROBE,
    t_maze.PROBE,
)
