"""One noise is added to all components of an action.

Each component needs noise of its own. With one number for all, the components are only ever tried together:
of an action of two numbers, a line in place of a plane. The agent cannot tell which of them a reward is due
to.

The report compares the changes of two components from one action to the next.

Reported in vwxyzjn/cleanrl#279 and #281.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="noise-shared",
    component="exploration",
    look_at="the shape of the action noise: one number for each component, and for each environment",
    wrong="""
action = actor(obs) + sigma * rng.normal()
""",
    right="""
action = actor(obs) + sigma * rng.normal(size=action_space.shape)
""",
    forms=(),
    module=__name__,
)
