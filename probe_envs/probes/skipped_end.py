"""SkippedEnd: six steps that earn 1, 2, 4, 8, 16, 32. Which of them does a frame skip add up?

States 0 to 5 follow each other; the terminal observation is one of its own (number 6). One action. The
rewards are powers of two, so every sum tells which steps are in it.

**Exact answer.** Without skipping ``V_i = sum_k gamma^k 2^(i + k)``. Under a skip of 4 the agent acts in
the states 0 and 4 only: ``V = (15 + 48 gamma, 48)``, which is (58.2, 48) at gamma 0.9. The episode ends
inside the second skip. ``transform.frame_skip`` derives these numbers for every process and every skip.

**What a failure means.** ``V = (8 + 32 gamma, 32)``: only the last reward of a skip is kept. ``V(4) = 16``:
the reward of the last step is lost. ``V(4) = 12``, a mean of four: rewards are averaged, not added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from probe_envs.options import count
from probe_envs.probe import Probe
from probe_envs.probes.decoder import decoder

if TYPE_CHECKING:
    from probe_envs.mdp import MDP


def skipped_end(length: int = 6) -> MDP:
    """``length`` steps, each paid twice as much as the one before."""
    return decoder(tuple(2.0**i for i in range(count("length", length, least=2))))


PROBE = Probe(
    name="SkippedEnd",
    declare=skipped_end,
    asks="value",
    isolates=("frame-skip-rewards",),
    prerequisites=("Decoder",),
)
