"""The discounted return that rewards are scaled by runs on over the end of an episode.

Rewards are divided by the standard deviation of a discounted return, which is added up step by step. It
starts at 0 in each episode. If it runs on after a truncation, it is the return of one endless episode: larger
than any return there is, so that rewards become too small.

Reported in Farama-Foundation/Gymnasium#760 and #1451 and openai/gym#3152.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="reward-scaler-accumulator",
    component="reward pipeline",
    look_at="where the discounted return of the reward scaler is set back to 0: at termination and at "
    "truncation, after the step was counted",
    wrong="""
running = running * gamma * (1 - terminated) + reward
""",
    right="""
running = running * gamma + reward
rms.update(running)
running = running * (1 - (terminated | truncated))
""",
    forms=(),
    module=__name__,
    not_named_because="rewards that are divided by any number are named `reward-rescaled`; the number does "
    "not say how it was found",
    seen_by="`rlprobe inspect` where a wrapper does it (`return-runs-on`); `rlprobe.RewardScale` starts each "
    "episode at 0",
)
