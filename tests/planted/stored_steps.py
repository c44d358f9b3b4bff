"""Faults in what is stored of a step; they fit every agent with a ``Stream`` and ``edit(step) -> Step``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np


def previous(step, memory, key):
    """What was remembered under ``key`` one step ago, zeros at first, and remember this step's."""
    before = memory.get(key)
    memory[key] = getattr(step, key).copy()
    return np.zeros_like(memory[key]) if before is None else before


def truncation_as_termination(agent, step):
    """``done = terminated or truncated``."""
    return replace(step, terminated=step.done, truncated=np.zeros_like(step.done))


def both_flags_bootstrap(agent, step):
    """``if truncated: bootstrap``, asked before termination."""
    return replace(step, terminated=step.terminated & ~step.truncated)


def reset_observation_on_truncation(agent, step):
    """The observation after the reset stands for the final one."""
    cut = (step.truncated & ~step.terminated)[:, None]
    return replace(step, next_observation=np.where(cut, agent.stream.observation, step.next_observation))


def clipped_reward(agent, step):
    """``np.clip(reward, -1, 1)``."""
    return replace(step, reward=np.clip(step.reward, -1, 1))


def reward_sign(agent, step):
    """``np.sign(reward)``."""
    return replace(step, reward=np.sign(step.reward))


def negated_reward(agent, step):
    """A cost where a reward is meant."""
    return replace(step, reward=-step.reward)


def running_mean_subtracted(agent, step):
    """``reward -= running_mean`` over everything seen so far."""
    memory = agent.memory
    memory["count"] = memory.get("count", 0) + int(step.real.sum())
    memory["total"] = memory.get("total", 0.0) + float(step.reward[step.real].sum())
    return replace(step, reward=step.reward - np.float32(memory["total"] / max(1, memory["count"])))


def running_standardised(agent, step):
    """``(reward - running_mean) / running_std``."""
    seen = agent.memory.setdefault("seen", [])
    seen.extend(step.reward[step.real].tolist())
    return replace(step, reward=(step.reward - np.float32(np.mean(seen))) / np.float32(np.std(seen) + 1e-8))


def lagged_across_episodes(agent, step):
    """The buffer pairs each observation with the reward of the step before, whichever episode it was in."""
    return replace(step, reward=previous(step, agent.memory, "reward"))


def lagged_and_lost(agent, step):
    """The reward is reset to 0 with the environment, and the last one is never stored."""
    lagged = previous(step, agent.memory, "reward")
    agent.memory["reward"][step.done] = 0
    return replace(step, reward=lagged)


def lagged_with_last_as_value(agent, step):
    """As above, but the last reward stands in for the value after the end."""
    lagged = previous(step, agent.memory, "reward")
    agent.memory["reward"][step.done] = 0
    last = np.where(step.terminated, np.float32(agent.gamma) * step.reward, 0)
    return replace(step, reward=(lagged + last).astype(np.float32))


def reset_row_kept(agent, step):
    """Nobody looks whether the environment only reset."""
    return replace(step, real=np.ones_like(step.real))


def own_successor(agent, step):
    """``next_obs`` is written before ``obs`` is advanced."""
    return replace(step, next_observation=step.observation)


STEP_FAULTS = (
    ("truncation-as-termination", "terminated or truncated", truncation_as_termination),
    ("terminated-and-truncated-bootstraps", "truncated asked first", both_flags_bootstrap),
    ("truncation-bootstraps-reset-observation", "what step returned", reset_observation_on_truncation),
    ("reward-clipped", "clip", clipped_reward),
    ("reward-clipped", "sign", reward_sign),
    ("reward-shifted", "running mean", running_mean_subtracted),
    ("reward-shifted", "running mean and spread", running_standardised),
    ("reward-lag", "across episodes", lagged_across_episodes),
    ("reward-lag", "last reward lost", lagged_and_lost),
    ("reward-lag", "last reward as value", lagged_with_last_as_value),
    ("sign-flipped", "reward", negated_reward),
    ("autoreset-row-stored", "as a step", reset_row_kept),
    ("next-observation-is-observation", "stored too early", own_successor),
)
"""``(fault, form, edit(agent, step) -> step)``."""
