"""What an agent faces behind the wrapper that a probe asks for: the process its answers are judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from probe_envs.frame_skip import frame_skip
from probe_envs.transform import scale_rewards

if TYPE_CHECKING:
    from collections.abc import Mapping

    from probe_envs import MDP

SKIP: Final = 4
"""The skip that SkippedEnd is made for; also the default of ``rlprobe.FrameSkip``."""


def behind_wrapper(name: str, mdp: MDP, options: Mapping[str, Any]) -> MDP:
    """The process of the probe called ``name`` behind the right wrapper, in its own unit."""
    if name == "SkippedEnd":
        return frame_skip(mdp, SKIP)
    one = unit(name, options)
    return mdp if one == 1.0 else scale_rewards(mdp, 1.0 / one)


def unit(name: str, options: Mapping[str, Any]) -> float:
    """The unit in which values of a probe are judged and reported: 1, but for ScaledReward its scale.

    >>> unit("ScaledReward", {"scale": 1e-3}), unit("Decoder", {})
    (0.001, 1.0)
    """
    return float(options.get("scale", 1e3)) if name == "ScaledReward" else 1.0
