"""A new probe in 20 lines: declare a process, get the environments, the exact answers and a picture.

Does the agent discount what comes late? Waiting earns nothing and comes two steps later to 1.5;
taking at once earns 1. At gamma 0.9 waiting is right (1.215), below gamma 0.816 taking is.
"""

from __future__ import annotations

import gymnasium as gym
import numpy as np
from gymnasium.utils.env_checker import check_env

from probe_envs import END, MDP, ProbeEnv, ProbeVectorEnv, solve
from probe_envs.observe import one_hot

WAIT, TAKE = 0, 1


def step(state: int, action: int) -> dict[tuple[object, float], float]:
    """The law of one step: ``{(next state or END, reward): chance}``."""
    if state == 0:
        return {(1, 0.0): 1.0} if action == WAIT else {(END, 1.0): 1.0}
    return {(2, 0.0): 1.0} if state == 1 else {(END, 1.5): 1.0}


patience = MDP(start={0: 1.0}, actions=(WAIT, TAKE), step=step, observe=one_hot(3))

# The exact answer follows from the declaration.
for gamma in (0.9, 0.8):
    solution = solve(patience, gamma)
    print(f"gamma {gamma}: Q(start) = {solution.Q[0].round(3)}, best: {solution.optimal[0].nonzero()[0]}")
    np.testing.assert_allclose(solution.Q[0], [1.5 * gamma**2, 1.0])

# So do the environments: one for a single agent, and a native vector environment.
check_env(ProbeEnv(patience), skip_render_check=True)
envs = ProbeVectorEnv(patience, num_envs=1000)
envs.reset(seed=0)
for _ in range(3):
    _, rewards, terminated, _, _ = envs.step(np.full(1000, WAIT))
print(f"a thousand patient agents earn {rewards.mean()} each")

# Registered, it is an environment like any other.
gym.register("probe/Patience-v0", entry_point=lambda **options: ProbeEnv(patience, **options))
env = gym.make("probe/Patience-v0", render_mode="ansi")
env.reset(seed=0)
env.step(WAIT)
print(env.render())
