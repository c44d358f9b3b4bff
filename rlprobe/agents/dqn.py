"""Deep Q-learning with replay and a target network (Mnih et al., 2015), under a squared loss."""

from __future__ import annotations

import copy
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from rlprobe.agent import Setting, agent_factory
from rlprobe.agents.stream import Step, Stream
from rlprobe.extras import need

need("torch", "the reference agent DQN")
import torch  # noqa: E402
from torch import nn  # noqa: E402

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.agents.stream import Floats


@dataclass(frozen=True, kw_only=True)
class Options:
    """How DQN learns.

    Args:
        learning_rate: first step size; it decays as ``learning_rate / (1 + gradient steps / decay)``.
        decay: gradient steps after which the step size has halved.
        hidden: width of the one hidden layer.
        batch: transitions of one gradient step.
        train_every: environment steps between two gradient steps.
        warm_up: transitions stored before the first gradient step.
        epsilon: probability of a random action while learning.
        replay_capacity: transitions kept, unless the setting asks for a number.
        target_interval: gradient steps between two copies of the network into the target network;
            a setting asks in environment steps.
    """

    learning_rate: float = 1e-2
    decay: float = 300.0
    hidden: int = 32
    batch: int = 64
    train_every: int = 2
    warm_up: int = 64
    epsilon: float = 0.3
    replay_capacity: int = 10_000
    target_interval: int = 15


class Replay:
    """The last ``capacity`` transitions, as a ring."""

    def __init__(self, capacity: int) -> None:
        self.capacity, self.size, self.next = capacity, 0, 0
        self.arrays: dict[str, NDArray[Any]] = {}

    def add(self, step: Step) -> None:
        """Store the transitions of all environments; when full, replace the oldest."""
        for i in range(len(step.reward)):
            for f in fields(Step):
                row = getattr(step, f.name)[i]
                if f.name not in self.arrays:
                    self.arrays[f.name] = np.zeros((self.capacity, *np.shape(row)), dtype=row.dtype)
                self.arrays[f.name][self.next] = row
            self.next = (self.next + 1) % self.capacity
            self.size = min(self.size + 1, self.capacity)

    def sample(self, count: int, random: np.random.Generator) -> Step:
        """``count`` transitions drawn with replacement."""
        rows = random.integers(self.size, size=count)
        return Step(*(self.arrays[f.name][rows] for f in fields(Step)))


class DQN:
    """A network of action values, and a copy of it that the targets bootstrap from."""

    on_policy = False
    loss = "squared"

    def __init__(self, env: Any, setting: Setting, options: Options | None = None) -> None:
        self.options = options = options or Options()
        space = getattr(env, "single_action_space", env.action_space)
        if not isinstance(space, gym.spaces.Discrete):
            raise TypeError(f"action space: DQN expects Discrete, got {space}")
        self.gamma = setting.gamma
        self.stream = Stream(env, setting.seed)
        self.random = np.random.default_rng(setting.seed)
        self.replay = Replay(setting.replay_capacity or options.replay_capacity)
        self.actions, self.start = int(space.n), int(space.start)
        wished = setting.target_interval and max(1, setting.target_interval // options.train_every)
        self.target_interval: int = wished or options.target_interval
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(setting.seed)
            self.network = nn.Sequential(
                nn.Linear(self.stream.observation.shape[1], options.hidden),
                nn.Tanh(),
                nn.Linear(options.hidden, self.actions),
            )
        self.target = copy.deepcopy(self.network)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=options.learning_rate, fused=True)
        self.steps = self.gradient_steps = 0
        self._owed = 0

    def learn(self, steps: int) -> None:
        """Step all environments, store transitions and replay; extra steps count towards later calls."""
        self._owed += steps
        while self._owed > 0:
            action = self.explore(self.stream.observation)
            self.store(self.stream.step(action + self.start, action))
            before, self.steps = self.steps, self.steps + self.stream.num_envs
            self._owed -= self.stream.num_envs
            every = self.options.train_every
            for _ in range(self.steps // every - before // every):
                if self.replay.size >= min(self.options.warm_up, self.replay.capacity):
                    self.gradient_step(self.replay.sample(self.options.batch, self.random))

    def explore(self, observations: Floats) -> NDArray[Any]:
        """Epsilon-greedy actions for flat observations, counted from 0."""
        greedy = self.network_values(observations).argmax(axis=1)
        random = self.random.integers(self.actions, size=len(greedy))
        return np.where(self.random.random(len(greedy)) < self.options.epsilon, random, greedy)

    def store(self, step: Step) -> None:
        """Store the transitions; steps of ``NEXT_STEP`` autoreset that only reset are left out."""
        self.replay.add(Step(*(getattr(step, f.name)[step.real] for f in fields(Step))))

    def targets(self, batch: Step) -> Floats:
        """``r + gamma (1 - terminated) max_a Q_target(s', a)``; ``(n,)``."""
        with torch.no_grad():
            best = self.target(torch.from_numpy(batch.next_observation)).max(dim=1).values.numpy()
        targets: Floats = batch.reward + np.float32(self.gamma) * ~batch.terminated * best
        return targets

    def gradient_step(self, batch: Step) -> None:
        """One gradient step on a batch, and at its interval a copy into the target network."""
        taken = torch.from_numpy(batch.action)[:, None]
        predicted = self.network(torch.from_numpy(batch.observation)).gather(1, taken).squeeze(1)
        loss = self.critic_loss(predicted, torch.from_numpy(self.targets(batch)))
        rate = self.options.learning_rate / (1 + self.gradient_steps / self.options.decay)
        self.optimizer.param_groups[0]["lr"] = rate
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.gradient_steps += 1
        if self.gradient_steps % self.target_interval == 0:
            self.target.load_state_dict(self.network.state_dict())

    def critic_loss(self, predicted: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Mean squared error of ``(n,)`` predictions."""
        return nn.functional.mse_loss(predicted, target)

    def network_values(self, observations: Floats) -> Floats:
        """``(n, A)`` action values of flat observations."""
        with torch.no_grad():
            values: Floats = self.network(torch.from_numpy(observations)).numpy()
        return values

    def q_values(self, observations: NDArray[Any]) -> NDArray[Any]:
        """``(n, A)`` estimates of the optimal action values."""
        return self.network_values(self.stream.flat(observations))

    def value(self, observations: NDArray[Any]) -> NDArray[Any]:
        """The value of the best action."""
        return np.asarray(self.q_values(observations).max(axis=1))

    def act(self, observations: NDArray[Any]) -> NDArray[Any]:
        """The best action."""
        return np.asarray(self.q_values(observations).argmax(axis=1) + self.start)


@agent_factory(name="DQN", actions=["discrete"], vector=True, discrete_start=True)
def make_agent(env: Any, setting: Setting) -> DQN:
    """An untrained DQN on ``env``, an ``Env`` or a ``VectorEnv`` in any autoreset mode."""
    return DQN(env, setting)
