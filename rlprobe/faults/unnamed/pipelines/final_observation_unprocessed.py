"""The last observation of a truncated episode is not preprocessed as the others are.

A vector environment gives it in ``info["final_obs"]``, past the wrappers or the code that normalise,
transpose or stack observations. The target then bootstraps from the value of an input that the network has
never seen, which can be any number.

Reported in DLR-RM/stable-baselines3 before 0.11.0 (normalised and transposed observations) and before 1.4.0
(stacked frames).
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="final-observation-unprocessed",
    component="observation pipeline",
    look_at="what happens to `final_obs`: the same steps as to every other observation, without an update of "
    "running statistics",
    wrong="""
next_value = critic(infos["final_obs"][i])
""",
    right="""
next_value = critic(normalise(infos["final_obs"][i]))
""",
    forms=(),
    module=__name__,
    not_named_because="the value of an input that was never trained can be any number, so that no wrong "
    "value is foretold; TruncBoot may fail in the states that lead to the truncation, and no fault fits",
    seen_by="a test: `final_obs` of a truncated step, preprocessed, equals the observation that a single "
    "environment returns there",
)
