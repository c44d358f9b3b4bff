"""Training and evaluation choose from different things.

The agent acts by one rule while it learns and by another one when it is evaluated: a smallest value in place
of the largest, another network, another preprocessing, another mode. What is evaluated is then not what was
learned: one of the two can be right and the other wrong.

The report compares the actions of training with those that ``act`` calls best. However much an agent
explores, it takes its best action at least as often as chance does; and noise goes to both sides of a
continuous action.

Reported in google-deepmind/acme#291 and thu-ml/tianshou#304.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="evaluation-differs",
    component="evaluation",
    look_at="the two places that choose an action, in training and in evaluation: the same network, "
    "preprocessing and maximum in both",
    wrong="""
def train_action(obs):
    return q(obs).argmin() if rng.random() > epsilon else rng.integers(n)

def eval_action(obs):
    return q(obs).argmax()
""",
    right="""
def train_action(obs):
    return q(obs).argmax() if rng.random() > epsilon else rng.integers(n)

def eval_action(obs):
    return q(obs).argmax()
""",
    forms=(),
    module=__name__,
    disturbs="actions",
)
