"""Diagnose an agent of Stable-Baselines3, as it is and with a fault in its rollout buffer.

Run with: python examples/diagnose_sb3.py
"""

from __future__ import annotations

import numpy as np
from stable_baselines3 import PPO
from stable_baselines3.common.buffers import RolloutBuffer

import rlprobe
from rlprobe.adapters.sb3 import sb3_agent

PROBES = ["Constant", "Decoder", "RandomExit"]


class NeverEnds(RolloutBuffer):
    """A buffer that loses where episodes end."""

    def compute_returns_and_advantage(self, last_values, dones):
        """The fault: nothing is masked, and the advantages of one episode run into the one before."""
        self.episode_starts[:] = 0.0
        super().compute_returns_and_advantage(last_values, np.zeros_like(dones))


def main():
    for arguments in ({}, {"rollout_buffer_class": NeverEnds}):
        report = rlprobe.diagnose(sb3_agent(PPO, **arguments), only=PROBES, seeds=2, jobs=2, budget=25)
        print(report, end="\n\n")
    assert [cause.fault for cause in report.causes][:1] == ["termination-ignored"]


if __name__ == "__main__":
    main()
