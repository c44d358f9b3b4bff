"""The state of a recurrent network is not kept from one step to the next.

Each step begins with a state of zeros, so the network sees the current observation only. It learns whatever
one observation shows, and nothing that has to be remembered. A recurrent network that is trained with whole
sequences but acts without its state is one kind of it.

The report looks at the state that layers such as ``LSTM`` and ``GRU`` get for the later actions of an
episode, where they get one observation at a time.

Described in Hausknecht and Stone, "Deep Recurrent Q-Learning for Partially Observable MDPs" (2015).
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="recurrent-state-not-kept",
    component="network",
    look_at="the state that the recurrent layer returns: it has to go into the next call, until the episode "
    "ends",
    wrong="""
features, _ = self.lstm(obs)
""",
    right="""
features, self.state = self.lstm(obs, self.state)
""",
    forms=(),
    module=__name__,
)
