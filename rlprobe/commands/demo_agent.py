"""The faulty agent of ``rlprobe demo``: the reference PPO with one of the most common faults."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rlprobe.agent import Setting, agent_factory
from rlprobe.agents.ppo import PPO

if TYPE_CHECKING:
    from rlprobe.agents.stream import Floats, Step


class ForgetsTruncation(PPO):
    """Takes the end of a time limit for the end of the task, as one line of many implementations does."""

    def advantages(self, rollout: Step, value: Floats, next_value: Floats) -> Floats:
        """The fault: ``done`` stands where ``terminated`` belongs."""
        return super().advantages(replace(rollout, terminated=rollout.done), value, next_value)


@agent_factory(name="PPO with a fault", actions=["discrete", "continuous"])
def make_faulty(env: Any, setting: Setting) -> ForgetsTruncation:
    """An untrained agent with the fault on ``env``."""
    return ForgetsTruncation(env, setting)


@agent_factory(name="PPO", actions=["discrete", "continuous"])
def make_healthy(env: Any, setting: Setting) -> PPO:
    """The reference agent, asked only about single environments to keep the demonstration short."""
    return PPO(env, setting)
