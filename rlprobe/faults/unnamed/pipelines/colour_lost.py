"""Things of different colours look the same to the agent.

A picture is made grey with one channel, with a mean over the wrong axis, or with weights in the wrong order:
red, green and blue have 0.299, 0.587 and 0.114. Two colours that the game needs to be told apart may then
become one grey, and what has the grey of the background is invisible.

Reported in OpenAI, "OpenAI Baselines: DQN" (2017), where the fish of Seaquest vanished.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="colour-lost",
    component="observation preprocessing",
    look_at="where pictures become grey: which axis, and which weights in which order",
    wrong="""
grey = frame @ np.array([0.114, 0.587, 0.299])  # of a picture in red, green, blue
""",
    right="""
grey = frame @ np.array([0.299, 0.587, 0.114])
""",
    forms=(),
    module=__name__,
    not_named_because="no probe shows pictures",
    seen_by="`rlprobe inspect` where a wrapper does it (`colours-become-one`); `rlprobe play "
    "--preprocessed` shows what the agent sees",
)
