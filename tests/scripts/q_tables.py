"""A script with a Q-table, in the variants that tests need."""

from __future__ import annotations

SCRIPT = """
import gymnasium as gym
import numpy as np
{classes}
env = {env}
q = np.zeros((env.observation_space.n, env.action_space.n)){more}
gamma = 0.95
for episode in range(100_000):
    state, _ = env.reset()
    done = False
    while not done:
        action = env.action_space.sample()
        after, reward, terminated, truncated, _ = env.step(action)
        done = terminated or truncated
        {line}
        q[state, action] += 0.1 * (reward + gamma * {future} - q[state, action])
        state = after
"""


def q_table(
    *,
    classes="",
    env='gym.make("FrozenLake-v1")',
    more="",
    line="pass",
    future="q[after].max() * (not terminated)",
):
    """The script.

    Args:
        classes: code before the environment is made.
        env: how it is made.
        more: what is added to a table of zeros.
        line: a line after each step.
        future: the value of the next state.
    """
    return SCRIPT.format(classes=classes, env=env, more=more, line=line, future=future)
