"""Action probes: the policy must find the best action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from probe_envs.probes.actions import (
    action_order,
    box_target,
    box_target_2d,
    context_bandit,
    equal_actions,
    joint_action,
    max_not_mean,
    two_boxes,
    will_to_live,
)

if TYPE_CHECKING:
    from probe_envs.probe import Probe

PROBES: Final[tuple[Probe, ...]] = (
    action_order.PROBE,
    context_bandit.PROBE,
    joint_action.PROBE,
    will_to_live.PROBE,
    box_target.PROBE,
    box_target_2d.PROBE,
    equal_actions.PROBE,
    max_not_mean.PROBE,
    two_boxes.PROBE,
)
