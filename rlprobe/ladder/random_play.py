"""What random play reaches, with actions held or not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.environments.layers import layers, own_skip
from rlprobe.environments.random_policy import RandomActions
from rlprobe.environments.signals import unshaped

if TYPE_CHECKING:
    import gymnasium as gym

LIMIT_EPISODES: Final = 5
LONGEST_LIMIT: Final = 1_000
HOLDS: Final = (2, 4, 8)


def own_limit(env: gym.Env[Any, Any], until: float) -> int | None:
    """Steps after which the environment truncates by itself, where random episodes agree on it."""
    actions, lengths = RandomActions(env.action_space), set()
    actions.restart(1)
    for seed in range(LIMIT_EPISODES):
        env.reset(seed=60_000 + seed)
        for length in range(1, LONGEST_LIMIT + 1):
            _, _, terminated, truncated, _ = env.step(actions.draw())
            if time.perf_counter() > until:
                return None
            if terminated:
                break
            if truncated:
                lengths.add(length)
                break
    return lengths.pop() if len(lengths) == 1 else None


def best_hold(env: gym.Env[Any, Any], until: float) -> int | None:
    """How many steps of a held action let random play reach clearly more; None if no number does."""
    if any(own_skip(layer) != 1 for layer in layers(env)):
        return None
    plain = random_returns(env, until, 30, 1)
    found = {hold: random_returns(env, until, 30, hold) for hold in HOLDS}
    if len(plain) < 10 or any(len(returns) < 10 for returns in found.values()):
        return None
    error = float(np.std(plain) / np.sqrt(len(plain)))
    best = max(found, key=lambda hold: float(np.mean(found[hold])))
    gain = float(np.mean(found[best]) - np.mean(plain))
    return best if gain > 3.0 * max(error, float(np.std(found[best]) / np.sqrt(30))) and gain > 1e-9 else None


def random_returns(env: gym.Env[Any, Any], until: float, episodes: int, hold: int = 1) -> list[float]:
    """Returns of random play without shaping, each action held for so many steps, until time is up."""
    actions = RandomActions(env.action_space)
    actions.restart(hold)
    found: list[float] = []
    while len(found) < episodes and time.perf_counter() < until:
        env.reset(seed=50_000 + len(found))
        total, length, over = 0.0, 0, False
        while not over and length < 10_000:
            if length % hold == 0:
                action = actions.draw()
            _, reward, terminated, truncated, info = env.step(action)
            total += unshaped(reward, info)
            length, over = length + 1, bool(terminated or truncated)
            if time.perf_counter() > until:
                return found
        found.append(total)
    return found
