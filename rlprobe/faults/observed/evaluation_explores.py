"""Evaluation still explores.

The agent takes random actions when it is evaluated: epsilon is not turned off, or an ``eval_epsilon`` of 0
counts as not given. Returns of evaluation are then below those of what was learned, most of all where every
step has to be right: in ten steps with an epsilon of 0.1, a perfect agent succeeds in 60 % of the episodes.

Reported in google-deepmind/acme#291, thu-ml/tianshou#304 and IntelLabs/coach#368.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="evaluation-explores",
    component="evaluation",
    look_at="epsilon in evaluation, and `if eval_epsilon:` where `is not None` is meant",
    wrong="epsilon = eval_epsilon or train_epsilon  # 0.0 counts as not given",
    right="epsilon = train_epsilon if eval_epsilon is None else eval_epsilon",
    forms=(),
    module=__name__,
    disturbs="actions",
)
