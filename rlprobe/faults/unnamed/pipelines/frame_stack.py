"""The stack of the last observations holds the wrong ones.

It is not cleared at a reset, and begins with observations of the episode before. It holds one array several
times. It is filled up with zeros in training and with the first observation in evaluation, or has another
order there.

Reported in Farama-Foundation/Gymnasium#829 and #830, thu-ml/tianshou#1272 and huawei-noah/SMARTS#1121.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="frame-stack",
    component="observation pipeline",
    look_at="where the stack is cleared, filled and read: at each reset it holds the first observation only",
    wrong="""
observation, info = env.reset()
frames.append(observation)  # those of the episode before are still there
""",
    right="""
observation, info = env.reset()
frames.extend([observation] * frames.maxlen)
""",
    forms=(),
    module=__name__,
    not_named_because="observations of the probes tell the whole state, so that older ones in a stack change "
    "nothing; a stack that never moves leads to wrong values, as other faults do",
    seen_by="`rlprobe check` on the function that stacks (family `frame_stack`), and "
    "`rlprobe play --preprocessed`, which shows the stack",
)
