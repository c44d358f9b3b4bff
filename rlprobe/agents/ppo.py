"""Proximal policy optimisation with generalised advantage estimation (Schulman et al., 2016, 2017)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.agent import Setting, agent_factory
from rlprobe.agents.stream import Step, Stream
from rlprobe.checks.gae import gae
from rlprobe.extras import need

need("torch", "the reference agent PPO")
import torch  # noqa: E402
from torch import nn  # noqa: E402

from rlprobe.agents.heads import head_for  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from rlprobe.agents.stream import Floats


@dataclass(frozen=True, kw_only=True)
class Options:
    """How PPO learns.

    Args:
        rollout: transitions between two updates, over all environments.
        epochs: passes over each rollout.
        minibatch: transitions of one gradient step.
        critic_rate, actor_rate: first step sizes; they decay as ``rate / (1 + rollouts / decay)``.
        decay: rollouts after which the step sizes have halved.
        hidden: width of the one hidden layer of actor and critic.
        gae_lambda: the trace parameter of the advantage estimate.
        clip: how far the ratio of new to old policy may move before its gradient stops.
        entropy_coefficient: weight of the entropy bonus.
    """

    rollout: int = 64
    epochs: int = 6
    minibatch: int = 32
    critic_rate: float = 1e-2
    actor_rate: float = 1e-2
    decay: float = 3.0
    hidden: int = 32
    gae_lambda: float = 0.95
    clip: float = 0.2
    entropy_coefficient: float = 0.01


class PPO:
    """An actor and a critic, trained on short on-policy rollouts."""

    on_policy = True
    loss = "squared"

    def __init__(self, env: Any, setting: Setting, options: Options | None = None) -> None:
        self.options = options = options or Options()
        self.gamma, self.gae_lambda = setting.gamma, options.gae_lambda
        self.entropy_coefficient = options.entropy_coefficient
        self.stream = Stream(env, setting.seed)
        self.length = setting.rollout_length or max(1, options.rollout // self.stream.num_envs)
        self.shuffle = np.random.default_rng(setting.seed)
        size = self.stream.observation.shape[1]
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(setting.seed)
            self.head = head_for(env, setting.seed)
            self.actor = network(size, options.hidden, self.head.inputs, last_gain=0.01)
            self.critic = network(size, options.hidden, 1)
        actor = [*self.actor.parameters(), *self.head.parameters()]
        self.optimizer = torch.optim.Adam(
            [
                {"params": [*self.critic.parameters()], "lr": options.critic_rate},
                {"params": actor, "lr": options.actor_rate},
            ],
            fused=True,
        )
        self.rates = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lambda k: 1 / (1 + k / options.decay))
        self._owed = 0
        if self.head.discrete:
            self.policy: Callable[[NDArray[Any]], NDArray[Any]] = self._chances

    def learn(self, steps: int) -> None:
        """Collect whole rollouts and learn from them; extra steps count towards later calls."""
        self._owed += steps
        while self._owed > 0:
            rollout = self.collect()
            self.update(rollout)
            self._owed -= rollout.reward.size

    def collect(self) -> Step:
        """A rollout of the current policy; each field is ``(T, n, ...)``."""
        rows: list[Step] = []
        for _ in range(self.length):
            with torch.no_grad():
                action = self.head.sample(self.actor(torch.from_numpy(self.stream.observation)))
            self.store(rows, self.stream.step(self.head.to_env(action), action))
        return Step(*(np.stack([getattr(row, f.name) for row in rows]) for f in fields(Step)))

    def store(self, rows: list[Step], step: Step) -> None:
        """Keep one step of all environments."""
        rows.append(step)

    def advantages(self, rollout: Step, value: Floats, next_value: Floats) -> Floats:
        """``(T, n)`` estimates of how much better each action was than the policy."""
        return gae(
            rollout.reward,
            rollout.terminated,
            rollout.done,
            value,
            next_value,
            gamma=self.gamma,
            lam=self.gae_lambda,
        )

    def update(self, rollout: Step) -> None:
        """Several epochs of gradient steps on one rollout."""
        value, next_value = self.critic_of(rollout.observation), self.critic_of(rollout.next_observation)
        advantage = self.advantages(rollout, value, next_value)
        real = rollout.real.ravel()
        data = {"target": (advantage + value).ravel()[real], "advantage": advantage.ravel()[real]}
        for name in ("observation", "action"):
            array = getattr(rollout, name)
            data[name] = array.reshape(array.shape[0] * array.shape[1], *array.shape[2:])[real]
        batch = {name: torch.from_numpy(array) for name, array in data.items()}
        with torch.no_grad():
            batch["log_prob"] = self.head.log_prob(self.actor(batch["observation"]), batch["action"])
        for _ in range(self.options.epochs):
            order = torch.from_numpy(self.shuffle.permutation(int(real.sum())))
            for rows in torch.split(order, self.options.minibatch):
                self.gradient_step({name: tensor[rows] for name, tensor in batch.items()})
        self.rates.step()

    def gradient_step(self, batch: dict[str, torch.Tensor]) -> None:
        """One step of actor and critic on a minibatch."""
        loss = self.actor_loss(batch) + self.critic_loss(
            self.critic(batch["observation"]).squeeze(-1), batch["target"]
        )
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()

    def actor_loss(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        """The clipped objective, negated, less the entropy bonus. Source: Schulman et al. (2017), eq. 7."""
        parameters = self.actor(batch["observation"])
        ratio = (self.head.log_prob(parameters, batch["action"]) - batch["log_prob"]).exp()
        clipped = ratio.clamp(1 - self.options.clip, 1 + self.options.clip)
        gain = torch.minimum(ratio * batch["advantage"], clipped * batch["advantage"]).mean()
        return -gain - self.entropy_coefficient * self.head.entropy(parameters).mean()

    def critic_loss(self, predicted: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Mean squared error of ``(n,)`` predictions."""
        return nn.functional.mse_loss(predicted, target)

    def critic_of(self, observations: Floats) -> Floats:
        """The critic's values of flat observations ``(..., d)``, as ``(...)``."""
        with torch.no_grad():
            values: Floats = self.critic(torch.from_numpy(observations)).squeeze(-1).numpy()
        return values

    def act(self, observations: NDArray[Any]) -> NDArray[Any]:
        """The most likely action."""
        with torch.no_grad():
            return self.head.to_env(self.head.mode(self.actor(self._tensor(observations))))

    def value(self, observations: NDArray[Any]) -> NDArray[Any]:
        """The critic's estimate of the policy's value."""
        return self.critic_of(self.stream.flat(observations))

    def _chances(self, observations: NDArray[Any]) -> NDArray[Any]:
        with torch.no_grad():
            chances: NDArray[Any] = self.actor(self._tensor(observations)).softmax(-1).numpy()
        return chances

    def _tensor(self, observations: NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(self.stream.flat(observations))


def network(inputs: int, hidden: int, outputs: int, last_gain: float = 1.0) -> nn.Sequential:
    """One hidden layer of tanh units; a small ``last_gain`` makes the first policy nearly uniform."""
    last = nn.Linear(hidden, outputs)
    with torch.no_grad():
        last.weight.mul_(last_gain)
        last.bias.zero_()
    return nn.Sequential(nn.Linear(inputs, hidden), nn.Tanh(), last)


@agent_factory(name="PPO", actions=["discrete", "continuous"], vector=True, discrete_start=True)
def make_agent(env: Any, setting: Setting) -> PPO:
    """An untrained PPO on ``env``, an ``Env`` or a ``VectorEnv`` in any autoreset mode."""
    return PPO(env, setting)
