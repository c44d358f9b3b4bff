"""ScaledReward: ObservationSign with rewards of 1000, or of 0.001. Are rewards scaled?

The observation is -1 or +1 with equal probability, the reward is ``scale`` times the observation, and the
episode terminates. A diagnosis runs it with ``scale`` 1000 (the default) and 0.001.

**Exact answer.** ``V(-1) = -scale``, ``V(+1) = scale`` for every discount. Reports divide values by
``scale``: (-1, 1), within 5 %.

**What a failure means.** With a learning rate for values around 1, a critic does not reach 1000 in time,
although it gets several times the steps that ObservationSign needs. And 0.001 is less than the noise of a
critic with a constant learning rate (with a decaying one it may pass). With ``RewardScale`` both become
ObservationSign. Failing then means that the scale is wrong, or that a mean is subtracted.
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
    """One step whose reward is ``scale`` times the observation."""
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
