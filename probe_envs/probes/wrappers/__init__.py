"""Wrapper probes: an agent solves them only behind the right wrapper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from probe_envs.probes.wrappers import (
    scaled_observation,
    scaled_reward,
    skipped_end,
)

if TYPE_CHECKING:
    from probe_envs.probe import Probe

PROBES: Final[tuple[Probe, ...]] = (
    scaled_observation.PROBE,
    scaled_reward.PROBE,
    skipped_end.PROBE,
)
