"""Agents with one known fault each, and where each fault is planted.

``PLANTED`` holds them all; ``import planted`` needs ``tests`` on the path, as pytest is configured.
"""

from planted import (
    categorical,
    foreign_dqn,
    foreign_ppo,
    reference_dqn,
    reference_ppo,
    reference_tabular,
    reinforce,
    sb3_off_policy,
    sb3_on_policy,
)
from planted.record import Build, Planted

PLANTED: tuple[Planted, ...] = (
    *reference_ppo.FAULTS,
    *reference_dqn.FAULTS,
    *reference_tabular.FAULTS,
    *reinforce.FAULTS,
    *categorical.FAULTS,
    *sb3_on_policy.FAULTS,
    *sb3_off_policy.FAULTS,
    *foreign_ppo.FAULTS,
    *foreign_dqn.FAULTS,
)

__all__ = ["PLANTED", "Build", "Planted"]
