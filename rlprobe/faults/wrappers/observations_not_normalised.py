"""Observations are not normalised before the network: NormalizeAll is missing.

One component is about 100,000, another about 0.001. The network sees only the large one, so the agent
ignores the small one, although it solves the same problem in plain units (ContextBandit). Wrap the
environment: ``env = NormalizeAll(env)``, with the same statistics in training and evaluation.

A wrong normaliser has the same effect: one that forgets old data, starts from a prior at zero or computes in
float32 fails where the mean is large beside the standard deviation.
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
