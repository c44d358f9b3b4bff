"""Tabular temporal-difference control: Q-learning and SARSA (Sutton and Barto, 2018, chapter 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from rlprobe.agent import Setting, agent_factory
from rlprobe.agents.stream import batch_of_one, flatten

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Row = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One step of one environment, with the true next observation; ``action`` counts from 0."""

    observation: NDArray[Any]
    action: int
    reward: float
    next_observation: NDArray[Any]
    terminated: bool
    truncated: bool


class QLearning:
    """A table of action values, one row per distinct observation; targets use the best next action.

    The step size of an entry that was updated ``n`` times is ``c / (c + n)`` with
    ``c = 1.5 / (1 - gamma)``: large enough for values to propagate, small enough to average out noise.

    Args:
        env: an ``Env`` with ``Discrete`` actions.
        setting: discount and seed.
        epsilon: probability of a random action while learning.
        initial: initial value of every entry; a value above all true ones makes the agent explore.
    """

    on_policy = False
    loss = "squared"

    def __init__(self, env: Any, setting: Setting, *, epsilon: float = 0.2, initial: float = 0.0) -> None:
        if not isinstance(env.action_space, gym.spaces.Discrete):
            raise TypeError(f"action space: a table expects Discrete, got {env.action_space}")
        self.env, self.gamma, self.epsilon, self.initial = env, setting.gamma, epsilon, initial
        self.actions, self.start = int(env.action_space.n), int(env.action_space.start)
        self.random = np.random.default_rng(setting.seed)
        self.table: dict[bytes, Row] = {}
        self.counts: dict[bytes, Row] = {}
        self.observation = self.flat(env.reset(seed=setting.seed)[0])
        self.action = self.explore(self.observation)

    def learn(self, steps: int) -> None:
        """Take ``steps`` steps and update after each."""
        for _ in range(steps):
            observation, reward, terminated, truncated, _ = self.env.step(self.start + self.action)
            done = bool(terminated or truncated)
            transition = Transition(
                observation=self.observation,
                action=self.action,
                reward=float(reward),
                next_observation=self.flat(observation),
                terminated=bool(terminated),
                truncated=bool(truncated),
            )
            next_action = self.explore(transition.next_observation)
            self.update(transition, next_action)
            self.observation = self.flat(self.env.reset()[0]) if done else transition.next_observation
            self.action = self.explore(self.observation) if done else self.follow(next_action)

    def follow(self, next_action: int) -> int:
        """The action to take next: drawn afresh after the update."""
        del next_action
        return self.explore(self.observation)

    def update(self, step: Transition, next_action: int) -> None:
        """Move the value of the taken action towards its target."""
        key = self.key(step.observation)
        values = self.row(step.observation)
        counts = self.counts.setdefault(key, np.zeros(self.actions))
        c = 1.5 / (1.0 - self.gamma)
        size = c / (c + counts[step.action])
        counts[step.action] += 1
        values[step.action] += size * (self.target(step, next_action) - values[step.action])

    def target(self, step: Transition, next_action: int) -> float:
        """``r + gamma (1 - terminated) max_a Q(s', a)``."""
        del next_action
        return step.reward + self.gamma * (not step.terminated) * float(self.row(step.next_observation).max())

    def flat(self, observation: Any) -> NDArray[Any]:
        """One observation as a flat row."""
        return np.asarray(flatten(self.env.observation_space, batch_of_one(observation))[0])

    def key(self, observation: NDArray[Any]) -> bytes:
        """The key of an observation in the table: its bytes."""
        return observation.tobytes()

    def row(self, observation: NDArray[Any]) -> Row:
        """``(A,)`` action values of one observation; changing them changes the table."""
        return self.table.setdefault(self.key(observation), np.full(self.actions, self.initial))

    def explore(self, observation: NDArray[Any]) -> int:
        """An epsilon-greedy action, counted from 0; ties are broken at random."""
        if self.random.random() < self.epsilon:
            return int(self.random.integers(self.actions))
        values = self.row(observation)
        return int(self.random.choice(np.flatnonzero(values == values.max())))

    def q_values(self, observations: NDArray[Any]) -> NDArray[Any]:
        """``(n, A)`` entries of the table; the initial value where an observation was never seen."""
        unseen = np.full(self.actions, self.initial)
        rows = flatten(self.env.observation_space, observations)
        return np.array([self.table.get(self.key(row), unseen) for row in rows])

    def value(self, observations: NDArray[Any]) -> NDArray[Any]:
        """The value of the best action."""
        return np.asarray(self.q_values(observations).max(axis=1))

    def act(self, observations: NDArray[Any]) -> NDArray[Any]:
        """The best action; the first of equals."""
        return np.asarray(self.q_values(observations).argmax(axis=1) + self.start)


class Sarsa(QLearning):
    """SARSA: targets use the action that the agent takes next."""

    on_policy = True

    def follow(self, next_action: int) -> int:
        """The action to take next: the one already drawn for the target."""
        return next_action

    def target(self, step: Transition, next_action: int) -> float:
        """``r + gamma (1 - terminated) Q(s', a')``."""
        return step.reward + self.gamma * (not step.terminated) * float(
            self.row(step.next_observation)[next_action]
        )

    def policy(self, observations: NDArray[Any]) -> NDArray[Any]:
        """``(n, A)`` action probabilities of the epsilon-greedy policy whose values it learns."""
        values = self.q_values(observations)
        best = values == values.max(axis=1, keepdims=True)
        return np.asarray(
            (1 - self.epsilon) * best / best.sum(axis=1, keepdims=True) + self.epsilon / self.actions
        )

    def value(self, observations: NDArray[Any]) -> NDArray[Any]:
        """The value of the epsilon-greedy policy."""
        return np.asarray((self.policy(observations) * self.q_values(observations)).sum(axis=1))


@agent_factory(name="Q-learning", actions=["discrete"], discrete_start=True)
def make_agent(env: Any, setting: Setting) -> QLearning:
    """An untrained Q-learning agent on the single environment ``env``."""
    return QLearning(env, setting)


@agent_factory(name="SARSA", actions=["discrete"], discrete_start=True)
def make_sarsa(env: Any, setting: Setting) -> Sarsa:
    """An untrained SARSA agent on the single environment ``env``."""
    return Sarsa(env, setting)
