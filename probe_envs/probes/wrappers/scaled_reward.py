"""ScaledReward: ObservationSign paid in thousands, or in thousandths. Are rewards on a common scale?

The observation is -1 or +1 with equal chance, the reward is ``scale`` times the observation, and the
episode terminates. A diagnosis runs it with ``scale`` 1000 (the default) and 0.001.

**Exact answer.** ``V(-1) = -scale``, ``V(+1) = scale`` for every discount. Reports give values in units of
``scale``: (-1, 1), right to 5 %.

**What a failure means.** With a step size made for values around 1, a critic does not reach 1000 in the
steps it has, several times those that ObservationSign takes; and 0.001 is lost in the noise of a critic
whose step size does not fall (one whose step size does may pass that row). With ``RewardScale`` both are
ObservationSign again; failing then means that the scale is wrong, or that a mean is subtracted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from probe_envs.options import OptionError, number
from probe_envs.probe import Probe
from probe_envs.probes.values.observation_sign import observation_sign
from probe_envs.transform import scale_rewards

if TYPE_CHECKING:
    from probe_envs.mdp import MDP


def scaled_reward(scale: float = 1e3) -> MDP:
    """One step that earns the observation, in units of ``scale``."""
    if number("scale", scale) <= 0:
        raise OptionError(f"scale: expected a number above 0, got {scale!r}")
    return scale_rewards(observation_sign(), scale)


PROBE = Probe(
    name="ScaledReward",
    declare=scaled_reward,
    asks="value",
    isolates=("rewards-not-scaled",),
    prerequisites=("ObservationSign",),
)
