"""Agents of Stable-Baselines3: its classes, users' subclasses, and every constructor argument."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import gymnasium as gym
import numpy as np
import stable_baselines3
import torch
from gymnasium.vector import VectorEnv
from stable_baselines3 import A2C, DDPG, DQN, PPO, SAC, TD3
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

from rlprobe.adapters.sb3.randomness import PrivateRandomness
from rlprobe.adapters.sb3.settings import constructor_arguments
from rlprobe.adapters.sb3.vec_env import SameStepVecEnv
from rlprobe.agent import ACTION_KINDS
from rlprobe.diagnosis.wrapped_agent import wrapped

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from rlprobe.agent import AgentFactory, Setting
    from rlprobe.diagnosis.wrapped_agent import Wrapper

ALGORITHMS = ("PPO", "A2C", "DQN", "SAC", "TD3", "DDPG")
SCHEDULE_STEPS = 4_000
"""Steps over which the library's schedules (exploration, user-given learning rates) run down."""


def sb3_algorithm(name: str) -> type[Any]:
    """The class of Stable-Baselines3 called ``name``.

    Raises:
        ValueError: there is no such algorithm; the message lists those there are.

    >>> sb3_algorithm("PPO").__name__
    'PPO'
    """
    if name not in ALGORITHMS:
        raise ValueError(f"sb3: expected one of {', '.join(ALGORITHMS)}, got {name!r}")
    algorithm: type[Any] = getattr(stable_baselines3, name)
    return algorithm


def sb3_agent(
    algorithm: type[Any], *, defaults: bool = False, wrappers: Sequence[Wrapper] = (), **kwargs: Any
) -> AgentFactory:
    """A ``make_agent`` for an algorithm of Stable-Baselines3.

    Args:
        algorithm: ``PPO``, ``A2C``, ``DQN``, ``SAC``, ``TD3``, ``DDPG`` or a subclass.
        defaults: keep the library's own settings instead of those that learn probes fast.
        wrappers: put around the environment, the innermost first, e.g. ``[NormalizeAll, RewardScale]``;
            see ``rlprobe.diagnosis.wrapped_agent.wrapped``.
        kwargs: arguments of its constructor; they win over everything else.

    Raises:
        TypeError: ``algorithm`` is not an algorithm of Stable-Baselines3.

    >>> sb3_agent(PPO, learning_rate=3e-3).name
    'sb3:PPO'
    >>> from rlprobe import NormalizeAll
    >>> sb3_agent(PPO, wrappers=[NormalizeAll]).name
    'sb3:PPO in NormalizeAll'
    """
    if not (
        isinstance(algorithm, type)
        and issubclass(algorithm, stable_baselines3.common.base_class.BaseAlgorithm)
    ):
        raise TypeError(f"sb3_agent: expected a class such as stable_baselines3.PPO, got {algorithm!r}")
    factory = cast("AgentFactory", SB3Factory(algorithm, kwargs, defaults))
    return wrapped(factory, wrappers) if wrappers else factory


@dataclass(frozen=True)
class SB3Factory:
    """``make_agent(env, setting)`` for one algorithm and its arguments; see ``sb3_agent``."""

    algorithm: type[Any]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    defaults: bool = False
    vector = True
    autoreset_modes = ("same_step",)
    discrete_start = False

    @property
    def name(self) -> str:
        """What reports call it."""
        return f"sb3:{self.algorithm.__name__}"

    @property
    def actions(self) -> frozenset[str]:
        """The kinds of action space it can act in."""
        if issubclass(self.algorithm, DQN):
            return frozenset({"discrete"})
        if issubclass(self.algorithm, (SAC, TD3, DDPG)):
            return frozenset({"continuous"})
        return frozenset(ACTION_KINDS)

    def __call__(self, env: Any, setting: Setting) -> SB3Agent:
        """An untrained agent on ``env``, which is wrapped as the library does it."""
        seen = SameStepVecEnv(env) if isinstance(env, VectorEnv) else env
        arguments = constructor_arguments(
            self.algorithm, dict(self.kwargs), setting, seen, defaults=self.defaults
        )
        randomness = PrivateRandomness(arguments.get("seed") or 0)
        with randomness.active(), quiet():
            model = self.algorithm(env=seen, **arguments)
        return agent_class(model)(model, randomness)


@contextmanager
def quiet() -> Iterator[None]:
    """The library's warnings are about settings, not about what is being examined."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"stable_baselines3\b")
        yield


class SB3Agent:
    """What every algorithm of the library shows: learning in chunks, and its deterministic actions."""

    loss = "squared"

    def __init__(self, model: Any, randomness: PrivateRandomness) -> None:
        self.model, self.randomness = model, randomness
        self.gamma = float(getattr(model, "gamma", np.nan))
        self.on_policy = isinstance(model, OnPolicyAlgorithm)
        if self.on_policy:
            self.gae_lambda = float(model.gae_lambda)
            self.rollout_length = int(model.n_steps)
        model._update_current_progress_remaining = self._progress  # noqa: SLF001  see below
        self._owed = 0

    def _progress(self, num_timesteps: int, total_timesteps: int) -> None:
        # The library runs its schedules down over one call of learn(), here over a fixed number of steps:
        # learning happens in chunks.
        del total_timesteps
        self.model._current_progress_remaining = max(0.0, 1.0 - num_timesteps / SCHEDULE_STEPS)  # noqa: SLF001

    def learn(self, steps: int) -> None:
        """Go on learning; steps taken in excess, to fill a rollout, count for later."""
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
        """The weight of the entropy in what is maximised; 0 if there is none."""
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
            return _flat(self.model.policy.predict_values(self._tensor(observations)))


class DiscreteActorCritic(ActorCritic):
    """PPO and A2C with a ``Discrete`` action space: chances as well."""

    def policy(self, observations: NDArray[Any]) -> NDArray[Any]:
        """``(n, A)`` chances of the actions."""
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
    """SAC, TD3 and DDPG: critics of state and action."""

    @property
    def temperature(self) -> float:
        """The weight of entropy in the values: that of SAC, and 0 for the others."""
        return self.entropy_coefficient

    def value(self, observations: NDArray[Any]) -> NDArray[Any]:
        """``(n,)`` the least of the critics at the actor's own deterministic action."""
        with torch.no_grad():
            tensor = self._tensor(observations)
            action = self.model.policy._predict(tensor, deterministic=True)  # noqa: SLF001
            return _flat(torch.cat(self.model.critic(tensor, action), dim=1).min(dim=1).values)


def agent_class(model: Any) -> type[SB3Agent]:
    """How much ``model`` can show."""
    if isinstance(model, DQN):
        return QAgent
    if isinstance(model, (SAC, TD3)):
        return ContinuousCritic
    if isinstance(model, OnPolicyAlgorithm) and hasattr(model.policy, "predict_values"):
        return DiscreteActorCritic if isinstance(model.action_space, gym.spaces.Discrete) else ActorCritic
    return SB3Agent


def _flat(values: Any) -> NDArray[Any]:
    return np.asarray(values.cpu().numpy().reshape(-1))


__all__ = ["A2C", "DDPG", "DQN", "PPO", "SAC", "TD3", "SB3Agent", "SB3Factory", "sb3_agent", "sb3_algorithm"]
