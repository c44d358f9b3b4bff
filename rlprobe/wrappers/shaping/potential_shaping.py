"""Shape the reward of one environment by a potential, so that the best policy stays the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gymnasium as gym
from gymnasium.wrappers import Autoreset

from rlprobe.environments.layers import layers
from rlprobe.environments.signals import flag, number, telling
from rlprobe.wrappers.face import ArgumentsInSpec, closed, refuse_twice, require_env
from rlprobe.wrappers.shaping.potential import (
    Memory,
    OnTruncation,
    Potential,
    check_gamma,
    check_on_truncation,
)

if TYPE_CHECKING:
    from collections.abc import Callable


class PotentialShaping(ArgumentsInSpec, gym.Wrapper[Any, Any, Any, Any]):
    """Add ``gamma * phi(s') - phi(s)`` to the reward; after termination ``phi(s')`` is 0.

    The best actions stay the best, whatever ``phi`` is, and every value is lower by the potential:
    ``V'(s) = V(s) - phi(s)``. The nearer ``phi`` is to the optimal values, the easier the task becomes. Both
    hold only if ``gamma`` is the agent's discount and the potential vanishes at termination. A potential that
    is kept there pays the agent for ending in the right place, and changes the best policy.

    A time limit is no termination: a learner that bootstraps at truncation, as it should, needs the
    potential of the last observation (``on_truncation="bootstrap"``). One that takes every end for a
    termination needs 0 there as well (``"terminal"``); the ``TimeLimit`` has to be inside this wrapper then.

    ``info["rlprobe"]`` has ``unshaped_reward`` and ``unshaped_return``, the sum of the episode's rewards so
    far without shaping: report that one.

    Put it outside ``FrameSkip``, so that a step is an action, and inside ``RewardScale``.

    Args:
        env: a single environment; vector ones take ``rlprobe.wrappers.vector.PotentialShaping``.
        phi: the potential of an observation, one finite number; a fixed function without memory.
        gamma: the discount of the agent.
        on_truncation: ``"bootstrap"`` or ``"terminal"``: what the learner takes a truncation for.

    Raises:
        TypeError: ``env`` is a vector environment or none at all, or ``phi`` is no function.
        ValueError: an argument out of range, or an environment that is shaped already.
        PotentialError: from ``reset`` and ``step``: the potential is not one finite number, or gives another
            number for the same observation; found in the first 200 steps, then by samples.

    Source: Ng, Harada and Russell (1999), "Policy invariance under reward transformations"; Grzes (2017),
    "Reward shaping in episodic reinforcement learning", for the ends of episodes.

    >>> env = PotentialShaping(gym.make("CartPole-v1"), lambda x: -abs(float(x[2])), gamma=0.99)
    >>> observation, _ = env.reset(seed=0)
    >>> before = -abs(float(observation[2]))
    >>> observation, reward, *_, info = env.step(0)
    >>> info["rlprobe"]["unshaped_reward"], info["rlprobe"]["unshaped_return"]
    (1.0, 1.0)
    >>> reward == 1.0 + (0.99 * -abs(float(observation[2])) - before)
    True
    """

    def __init__(
        self,
        env: gym.Env[Any, Any],
        phi: Callable[[Any], Any],
        gamma: float,
        on_truncation: OnTruncation = "bootstrap",
    ) -> None:
        require_env(self, env)
        refuse_twice(self, env)
        gym.Wrapper.__init__(self, env)
        name = type(self).__name__
        self.potential = Potential(name, phi)
        self.gamma = check_gamma(name, gamma)
        self.on_truncation = check_on_truncation(name, on_truncation)
        self.steps = 0
        self._before = 0.0
        self._return = 0.0
        self._memory = Memory()
        self._ended = False
        self._closed = False
        self._autoreset = any(isinstance(layer, Autoreset) for layer in layers(env))

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Step, and add the difference of potentials to the reward."""
        if self._closed:
            raise closed(self)
        observation, reward, terminated, truncated, info = self.env.step(action)
        self.steps += 1
        raw = number(reward)
        if self._ended:  # this step was the reset that gymnasium.wrappers.Autoreset does
            self._begin(observation)
            shaped = raw
        else:
            self._return += raw
            shaped = raw + self._difference(
                observation, flag("terminated", terminated), flag("truncated", truncated)
            )
        info = telling(info, unshaped_reward=raw, unshaped_return=self._return)
        return observation, shaped, terminated, truncated, info

    def _difference(self, observation: Any, terminated: bool, truncated: bool) -> float:
        """``gamma * phi(s') - phi(s)``, and 0 for ``phi(s')`` where the episode ends for the learner."""
        final = terminated or (truncated and self.on_truncation == "terminal")
        after = 0.0 if final else self.potential(observation, self.steps)
        if self._memory.observation is not None:
            self.potential.check_unchanged(self._memory.observation, self._before, self.steps)
        difference = self.gamma * after - self._before
        self._before = after
        self._memory.keep(observation, self.steps)
        self._ended = self._autoreset and (terminated or truncated)
        return difference

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Reset, and begin with the potential of the first observation."""
        if self._closed:
            raise closed(self)
        observation, info = self.env.reset(seed=seed, options=options)
        self._begin(observation)
        return observation, info

    def _begin(self, observation: Any) -> None:
        self._before = self.potential(observation, self.steps)
        self._memory.keep(observation, self.steps)
        self._return = 0.0
        self._ended = False

    def close(self) -> None:
        """Close the environment."""
        self._closed = True
        self.env.close()
