"""Algorithms of Stable-Baselines3 as agents: learning in chunks, actions and values."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from rlprobe.adapters.sb3.randomness import PrivateRandomness

SCHEDULE_STEPS = 4_000
"""Steps over which the library's schedules (exploration, your learning rates) go from start to end."""


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress the library's warnings: they are about hyperparameters, not about what is diagnosed."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"stable_baselines3\b")
        yield


class SB3Agent:
    """Any algorithm of the library: it learns in chunks and acts deterministically."""

    loss = "squared"

    def __init__(self, model: Any, randomness: PrivateRandomness) -> None:
        self.model, self.randomness = model, randomness
        if hasattr(model, "gamma"):
            self.gamma = float(model.gamma)
        self.on_policy = isinstance(model, OnPolicyAlgorithm)
        if self.on_policy:
            self.gae_lambda = float(model.gae_lambda)
            self.rollout_length = int(model.n_steps)
        elif hasattr(model, "n_steps"):
            self.n_step = int(model.n_steps)
        model._update_current_progress_remaining = self._progress  # noqa: SLF001  see below
        self._owed = 0

    def _progress(self, num_timesteps: int, total_timesteps: int) -> None:
        # The library's schedules span one call of learn(). Here learning happens in chunks, so they span a
        # fixed number of steps.
        del total_timesteps
        self.model._current_progress_remaining = max(0.0, 1.0 - num_timesteps / SCHEDULE_STEPS)  # noqa: SLF001

    def learn(self, steps: int) -> None:
        """Continue learning; extra steps to fill a rollout count towards later calls."""
        self._owed += steps
        if self._owed <= 0:
            return
        before = self.model.num_timesteps
        with self.randomness.active(), quiet():
            self.model.learn(total_timesteps=self._owed, reset_num_timesteps=False)
        self._owed -= self.model.num_timesteps - before

    def act(self, observations: NDArray[Any]) -> NDArray[Any]:
        """``predict`` with ``deterministic=True``."""
        with self.randomness.active():
            actions: NDArray[Any] = self.model.predict(observations, deterministic=True)[0]
        return actions

    @property
    def entropy_coefficient(self) -> float:
        """The weight of entropy in the objective; 0 if it has none."""
        if getattr(self.model, "log_ent_coef", None) is not None:
            return float(self.model.log_ent_coef.detach().exp())
        return float(getattr(self.model, "ent_coef", 0.0))

    def _tensor(self, observations: NDArray[Any]) -> Any:
        self.model.policy.set_training_mode(False)
        return self.model.policy.obs_to_tensor(observations)[0]


class ActorCritic(SB3Agent):
    """PPO and A2C: a critic of states."""

    def value(self, observations: NDArray[Any]) -> NDArray[Any]:
        """``(n,)`` from ``policy.predict_values``."""
        with torch.no_grad():
            return flat(self.model.policy.predict_values(self._tensor(observations)))


class DiscreteActorCritic(ActorCritic):
    """PPO and A2C with a ``Discrete`` action space: action probabilities as well."""

    def policy(self, observations: NDArray[Any]) -> NDArray[Any]:
        """``(n, A)`` action probabilities."""
        with torch.no_grad():
            distribution = self.model.policy.get_distribution(self._tensor(observations))
            chances: NDArray[Any] = distribution.distribution.probs.cpu().numpy()
        return chances


class QAgent(SB3Agent):
    """DQN: a critic of actions, under a Huber loss."""

    loss = "huber"

    def q_values(self, observations: NDArray[Any]) -> NDArray[Any]:
        """``(n, A)`` from the online network."""
        with torch.no_grad():
            values: NDArray[Any] = self.model.q_net(self._tensor(observations)).cpu().numpy()
        return values

    def value(self, observations: NDArray[Any]) -> NDArray[Any]:
        """The value of the best action."""
        return np.asarray(self.q_values(observations).max(axis=1))


class ContinuousCritic(SB3Agent):
    """SAC, TD3, DDPG, TQC and CrossQ: critics of state and action."""

    @property
    def temperature(self) -> float:
        """The weight of entropy in the values: that of SAC, and 0 for the others."""
        return self.entropy_coefficient

    def value(self, observations: NDArray[Any]) -> NDArray[Any]:
        """``(n,)``: the critic at the actor's deterministic action.

        Of several critics the smallest value counts, as in the targets; of quantiles the mean.
        """
        with torch.no_grad():
            tensor = self._tensor(observations)
            action = self.model.policy._predict(tensor, deterministic=True)  # noqa: SLF001
            shown = self.model.critic(tensor, action)
            if isinstance(shown, torch.Tensor):
                return flat(shown.mean(dim=(1, 2)))
            return flat(torch.cat(shown, dim=1).min(dim=1).values)


def flat(values: Any) -> NDArray[Any]:
    """A tensor as an array of one axis."""
    return np.asarray(values.cpu().numpy().reshape(-1))
