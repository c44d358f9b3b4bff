"""The loss pairs every prediction with every target.

Shapes ``(N, 1)`` and ``(N,)`` broadcast to ``(N, N)``, so every prediction is fitted to the mean of all
targets: the mean is right and all states have it. If only the rewards have the other shape, every target
gets the mean of all rewards in place of its own.

Reported in thu-ml/tianshou#40 and, as a pitfall, in PyTorch's own warning about target sizes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.faults.declaration import Fault, Form

if TYPE_CHECKING:
    from rlprobe.faults.transitions import Rows


def _any_reward(rows: Rows) -> Rows:
    """Each pair once with every reward there is, as often as that reward comes."""
    rewards, which = np.unique(rows.reward, return_inverse=True)
    often = np.bincount(which, rows.pair_weight) / rows.pair_weight.sum()
    pair = np.repeat(np.arange(len(rows.reward)), len(rewards))
    count = len(rows.reward)
    chance = rows.chance[pair] * np.tile(often, count)
    return rows.pairs(pair, reward=np.tile(rewards, count), chance=chance)


FAULT = Fault(
    id="loss-broadcast",
    component="critic loss",
    look_at="the shapes of prediction and target just before the loss: print both",
    forms=(
        Form(name="critic of an actor-critic", change=lambda rows: rows.change(pooled=True)),
        Form(
            name="action values", change=lambda rows: rows.change(pooled=True), actor="any", needs="one-step"
        ),
        Form(name="rewards of a batch", change=_any_reward, actor="any", needs="one-step"),
    ),
    module=__name__,
)
