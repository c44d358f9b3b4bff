"""The returns or lengths of episodes that are logged are not those of the episodes.

They run on into the next episode, are cut in all environments of a vector when one of them ends, or count the
step that only resets. Or they are recorded outside a wrapper that scales rewards or repeats actions. The
learning curve is then wrong, whatever the agent learns.

Reported in Farama-Foundation/Gymnasium#1017 and #1624, LucasAlegre/mo-gymnasium#142 and sail-sg/envpool#299.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="episode-statistics",
    component="logging",
    look_at="where returns and lengths are added up and set back to 0: for each environment alone, and "
    "inside wrappers that change rewards",
    wrong="""
returns += rewards
for i in np.flatnonzero(terminated | truncated):
    log(returns[i])
    returns[:] = 0
""",
    right="""
returns += rewards
for i in np.flatnonzero(terminated | truncated):
    log(returns[i])
    returns[i] = 0
""",
    forms=(),
    module=__name__,
    not_named_because="nothing is learned from logged numbers, and values and actions are right",
    seen_by="`rlprobe inspect` where `info['episode']` says it (`episode-info-wrong`), and `rlprobe run`, "
    "whose report has the returns and lengths that it counts itself",
)
