"""Evaluation changes what was learned: a running statistic goes on counting.

The observations of an evaluation are counted in the running mean and variance that the networks' inputs are
normalised with, or in the moving averages of a batch normalisation. The same observation then gets another
value after an evaluation than before it, though nothing was learned.

Reported in DLR-RM/rl-baselines3-zoo#275.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="normaliser-updates-at-evaluation",
    component="observation preprocessing",
    look_at="where the running statistics are updated: only in the steps of training, not whenever an "
    "observation is normalised",
    wrong="def act(obs):\n    return actor(normaliser.update_and_normalise(obs))",
    right="def act(obs):\n    return actor(normaliser.normalise(obs))  # updated where training steps",
    forms=(),
    module=__name__,
)
