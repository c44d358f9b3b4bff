"""The state of a recurrent network is not reset at the start of an episode.

The first action of an episode then depends on the episode before, and so do the values that are learned. The
state has to be zero, or a learned constant, at each reset, and the sequences of an update must not run across
the end of an episode.

The report looks at the state that layers such as ``LSTM`` and ``GRU`` get for the first action of an episode.

Reported in instadeepai/Mava#1006, openai/baselines#340 and ikostrikov/pytorch-a2c-ppo-acktr-gail#206.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="recurrent-state-leak",
    component="network",
    look_at="the state that goes into the recurrent layer at the first step of an episode, while experience "
    "is collected and in the update",
    wrong="""
if terminated or truncated:
    obs, _ = env.reset()
logits, state = network(obs, state)
""",
    right="""
if terminated or truncated:
    obs, _ = env.reset()
    state = network.initial_state()
logits, state = network(obs, state)
""",
    forms=(),
    module=__name__,
    disturbs="everything",
)
