"""Observations reach the network in their own units: NormalizeAll is missing.

A component of a hundred thousand drowns one of a thousandth, so the agent does the same whatever the small
one says, while it solves the same problem in plain units (ContextBandit). Wrap the environment, for
training and for evaluation with the same statistics: ``env = NormalizeAll(env)``.

A normaliser that is there but wrong shows in the same way: one that forgets, starts from a prior at zero or
works in float32 is off where the mean is large beside the spread.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault, Form

FAULT = Fault(
    id="observations-not-normalised",
    component="observation pipeline",
    look_at="the environment, and wrap it in NormalizeAll: rlprobe.NormalizeAll(env)",
    wrong='env = gym.make("Task-v0")  # positions of 1e5 beside angles of 1e-3',
    right='env = NormalizeAll(gym.make("Task-v0"))',
    forms=(
        Form(
            name="units reach the network",
            only_on=frozenset({"ScaledObservation"}),
            actor_on={"ScaledObservation": "follows_large_inputs"},
        ),
    ),
    module=__name__,
)
