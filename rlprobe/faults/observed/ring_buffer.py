"""Replay samples rows of the memory that are not filled yet.

A replay memory of arrays begins with zeros. If batches are drawn from all rows, and not only from those that
were written, the agent also learns from observations, actions and rewards of zero that never happened. At
first they are most of a batch, later fewer, as the memory fills up.

Reported in DLR-RM/stable-baselines3#1853 and huggingface/lerobot#918.
"""

from __future__ import annotations

from rlprobe.faults.declaration import Fault

FAULT = Fault(
    id="ring-buffer",
    component="experience storage",
    look_at="the largest index that is sampled: the number of transitions stored so far, not the capacity",
    wrong="""
index = rng.integers(capacity, size=batch_size)
""",
    right="""
index = rng.integers(min(stored, capacity), size=batch_size)
""",
    forms=(),
    module=__name__,
)
