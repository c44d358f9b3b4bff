"""A logged number is not what its name says.

The arguments of the explained variance are swapped, or it is computed from values after the update; scores
hold rewards of another scale, or the best of several evaluations. Decisions follow a wrong number, whatever
the agent learns.

Reported in DLR-RM/stable-baselines3 before 0.11.0, and in OpenAI, "OpenAI Baselines: DQN" (2017).
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="reported-metric-wrong",
    component="logging",
    look_at="the arguments of each logged number: the explained variance divides by the variance of the "
    "returns",
    wrong="""
explained = 1 - np.var(returns - values) / np.var(values)
""",
    right="""
explained = 1 - np.var(returns - values) / np.var(returns)
""",
    forms=(),
    module=__name__,
    not_named_because="nothing is learned from logged numbers, and values and actions are right",
    seen_by="`rlprobe check` on the function (family `explained_variance`), and `rlprobe run`, which "
    "compares it with the returns that followed (`value-echo`)",
)
