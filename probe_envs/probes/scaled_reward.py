"""ScaledReward: a choice paid in thousands, or in thousandths. Are rewards brought to a common scale?

ContextBandit with all rewards times ``scale``: 1000 (the default) or 0.001. The right action earns
``scale``, the other ``-0.5 scale``, and the episode terminates.

**Exact answer.** ``Q = scale`` for the right action and ``-0.5 scale`` for the other; ``V = scale``; random
play earns ``0.25 scale``. The best action does not depend on the scale.

**What a failure means.** The large scale fails: the critic's errors drown everything else or make it
diverge. The small scale fails: entropy bonuses or weight decay outweigh the rewards. With ``RewardScale``
both are ContextBandit again; failing then means that the scale is wrong, or that a mean is subtracted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from probe_envs.options import OptionError, number
from probe_envs.probe import Probe
from probe_envs.probes.context_bandit import context_bandit
from probe_envs.transform import scale_rewards

if TYPE_CHECKING:
    from probe_envs.mdp import MDP


def scaled_reward(scale: float = 1e3) -> MDP:
    """One choice, paid in units of ``scale``."""
    if number("scale", scale) <= 0:
        raise OptionError(f"scale: expected a number above 0, got {scale!r}")
    return scale_rewards(context_bandit(), scale)


PROBE = Probe(
    name="ScaledReward",
    declare=scaled_reward,
    asks="action",
    isolates=("reward-shifted",),
    prerequisites=("ContextBandit",),
)
