"""The MDP behind the wrapper that a probe needs: its exact solution is what the agent should learn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from probe_envs.frame_skip import frame_skip
from probe_envs.transform import scale_rewards

if TYPE_CHECKING:
    from collections.abc import Mapping

    from probe_envs import MDP

SKIP: Final = 4
"""The frame skip that SkippedEnd needs; also the default of ``rlprobe.FrameSkip``."""


def behind_wrapper(name: str, mdp: MDP, options: Mapping[str, Any]) -> MDP:
    """The MDP of the probe called ``name`` behind the correct wrapper, with rewards divided by ``unit``."""
    if name == "SkippedEnd":
        return frame_skip(mdp, SKIP)
    one = unit(name, options)
    return mdp if one == 1.0 else scale_rewards(mdp, 1.0 / one)


def unit(name: str, options: Mapping[str, Any]) -> float:
    """The unit of the values of a probe: the reward scale of ScaledReward, 1 for every other probe.

    >>> unit("ScaledReward", {"scale": 1e-3}), unit("Decoder", {})
    (0.001, 1.0)
    """
    return float(options.get("scale", 1e3)) if name == "ScaledReward" else 1.0
