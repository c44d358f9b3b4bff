"""Find out which wrapper an agent of Stable-Baselines3 lacks, and see that it is enough.

Run with: python examples/find_the_missing_wrapper.py
"""

from __future__ import annotations

from stable_baselines3 import PPO

import rlprobe
from rlprobe import RewardScale
from rlprobe.adapters.sb3 import sb3_agent


def main():
    for wrappers in ([], [RewardScale]):
        report = rlprobe.diagnose(sb3_agent(PPO, wrappers=wrappers), only=["ScaledReward"], seeds=1)
        print(report, end="\n\n")
    assert report.verdict == "healthy"


if __name__ == "__main__":
    main()
