"""The critic ends with an activation function, which limits its values.

With ReLU no value can be negative, and an output that is zero for all observations never gets a gradient
again. With tanh, sigmoid or softmax no value can exceed 1. Returns have no such limits. The values are right
only in environments whose returns happen to lie inside.

Reported in many questions of beginners, whose networks end with the activation of their hidden layers; the
last layer of the value networks of Stable-Baselines3 is linear.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="critic-output-limited",
    component="critic loss",
    look_at="the last line of the critic's `forward`: no activation function after the last layer",
    wrong="""
def forward(self, obs):
    x = torch.relu(self.hidden(obs))
    return torch.relu(self.value(x))
""",
    right="""
def forward(self, obs):
    x = torch.relu(self.hidden(obs))
    return self.value(x)
""",
    forms=(),
    module=__name__,
    disturbs="everything",
)
