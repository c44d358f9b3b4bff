"""The faulty agent of ``rlprobe demo``: the reference PPO with one of the most common faults."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rlprobe.agent import Setting, agent_factory
from rlprobe.agents.ppo import PPO

if TYPE_CHECKING:
    from rlprobe.agents.stream import Floats, Step


class ForgetsTruncation(PPO):
    """PPO that treats a truncation as the end of the task, a common mistake."""

    def advantages(self, rollout: Step, value: Floats, next_value: Floats) -> Floats:
        """The fault: ``done`` instead of ``terminated``."""
        return super().advantages(replace(rollout, terminated=rollout.done), value, next_value)


@agent_factory(name="PPO with a fault", actions=["discrete", "continuous"])
def make_faulty(env: Any, setting: Setting) -> ForgetsTruncation:
    """An untrained agent with the fault on ``env``."""
    return ForgetsTruncation(env, setting)


@agent_factory(name="PPO", actions=["discrete", "continuous"])
def make_healthy(env: Any, setting: Setting) -> PPO:
    """The reference agent, without vector environments to keep the demo short."""
    return PPO(env, setting)
