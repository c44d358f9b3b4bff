"""In which units of actions the entropy in the values of a script is: its environment's, or those of tanh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlprobe.scripts.agent import ScriptAgent

LOG_VOLUME_OF_TANH = float(np.log(2.0))
"""The probes have actions in [-1, 1]; so has a policy before its actions are scaled."""
WITHIN_SHARE = 0.15


def entropy_factor(agent: ScriptAgent, about: Mapping[str, Any]) -> float:
    """By what the entropy of a script exceeds that of one action on [-1, 1], read off its values on Decoder.

    There ``Q(last) = 2`` and ``Q(middle) = gamma (2 + alpha H)``. If the values do not say in which units
    ``H`` is, they are those of tanh, in which it is ``log 2`` for each component of an action.

    Args:
        agent: the script after it has learned Decoder.
        about: what is known of it, with the logarithm of the volume of its actions, and their shape.
    """
    volume, of_tanh = about["log_volume"], float(np.prod(about["shape"] or [1]))
    if not agent.critic or volume is None or abs(volume - of_tanh * LOG_VOLUME_OF_TANH) < WITHIN_SHARE:
        return of_tanh
    _, middle, last = agent.read()
    if agent.temperature <= 0 or abs(last - 2.0) > WITHIN_SHARE:
        return of_tanh
    entropy = (middle / agent.gamma - last) / agent.temperature
    is_of_environment = abs(entropy - volume) < WITHIN_SHARE * max(1.0, abs(volume))
    return float(volume / LOG_VOLUME_OF_TANH) if is_of_environment else of_tanh
