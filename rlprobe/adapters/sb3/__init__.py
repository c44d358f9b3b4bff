"""Agents of Stable-Baselines3 and sb3-contrib, and our normalisers around its vector environments."""

from __future__ import annotations

from rlprobe.extras import need

need("stable_baselines3", "diagnosing an agent of Stable-Baselines3")

from stable_baselines3 import A2C, DDPG, DQN, PPO, SAC, TD3  # noqa: E402

from rlprobe.adapters.sb3.agents import (  # noqa: E402
    SB3Factory,
    contrib_algorithm,
    sb3_agent,
    sb3_algorithm,
)
from rlprobe.adapters.sb3.vec_normalize_all import VecNormalizeAll  # noqa: E402
from rlprobe.adapters.sb3.vec_reward_scale import VecRewardScale  # noqa: E402
from rlprobe.adapters.sb3.watching import WatchCallback  # noqa: E402
from rlprobe.adapters.sb3.wrap import wrap_vec_env  # noqa: E402

__all__ = [
    "A2C",
    "DDPG",
    "DQN",
    "PPO",
    "SAC",
    "TD3",
    "SB3Factory",
    "VecNormalizeAll",
    "VecRewardScale",
    "WatchCallback",
    "contrib_algorithm",
    "sb3_agent",
    "sb3_algorithm",
    "wrap_vec_env",
]
