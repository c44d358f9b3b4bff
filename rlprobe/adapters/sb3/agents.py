"""``sb3_agent``: diagnose any algorithm of Stable-Baselines3 or sb3-contrib, or your subclass of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import gymnasium as gym
import stable_baselines3
from gymnasium.vector import VectorEnv
from stable_baselines3 import A2C, DDPG, DQN, PPO, SAC, TD3

from rlprobe.adapters.sb3.contrib import (
    QuantileAgent,
    QuantileCritic,
    RecurrentAgent,
    all_allowed,
    takes_masks,
)
from rlprobe.adapters.sb3.faces import (
    ActorCritic,
    ContinuousCritic,
    DiscreteActorCritic,
    QAgent,
    SB3Agent,
    quiet,
)
from rlprobe.adapters.sb3.randomness import PrivateRandomness
from rlprobe.adapters.sb3.settings import constructor_arguments
from rlprobe.adapters.sb3.vec_env import SameStepVecEnv
from rlprobe.agent import ACTION_KINDS
from rlprobe.diagnosis.wrapped_agent import wrapped
from rlprobe.extras import need

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlprobe.agent import AgentFactory, Setting
    from rlprobe.diagnosis.wrapped_agent import Wrapper

ALGORITHMS = ("PPO", "A2C", "DQN", "SAC", "TD3", "DDPG")
CONTRIB = ("TQC", "QRDQN", "CrossQ", "TRPO", "RecurrentPPO", "MaskablePPO", "ARS")


def sb3_algorithm(name: str) -> type[Any]:
    """The class of Stable-Baselines3 called ``name``.

    Raises:
        ValueError: there is no such algorithm; the message lists those there are.

    >>> sb3_algorithm("PPO").__name__
    'PPO'
    """
    if name not in ALGORITHMS:
        hint = f"; did you mean contrib:{name}?" if name in CONTRIB else ""
        raise ValueError(f"sb3: expected one of {', '.join(ALGORITHMS)}, got {name!r}{hint}")
    algorithm: type[Any] = getattr(stable_baselines3, name)
    return algorithm


def contrib_algorithm(name: str) -> type[Any]:
    """The class of sb3-contrib called ``name``.

    Raises:
        MissingExtraError: sb3-contrib is not installed.
        ValueError: there is no such algorithm; the message lists those there are.
    """
    if name not in CONTRIB:
        hint = f"; did you mean sb3:{name}?" if name in ALGORITHMS else ""
        raise ValueError(f"contrib: expected one of {', '.join(CONTRIB)}, got {name!r}{hint}")
    algorithm: type[Any] = getattr(need("sb3_contrib", "diagnosing an agent of sb3-contrib"), name)
    return algorithm


def sb3_agent(
    algorithm: type[Any], *, defaults: bool = False, wrappers: Sequence[Wrapper] = (), **kwargs: Any
) -> AgentFactory:
    """A ``make_agent`` for an algorithm of Stable-Baselines3.

    Args:
        algorithm: ``PPO``, ``A2C``, ``DQN``, ``SAC``, ``TD3``, ``DDPG``, one of sb3-contrib's, or a subclass.
        defaults: keep the library's own hyperparameters instead of those that learn probes fast.
        wrappers: wrappers around the environment, innermost first, such as ``[NormalizeAll, RewardScale]``;
            see ``rlprobe.diagnosis.wrapped_agent.wrapped``.
        kwargs: arguments of the algorithm's constructor; they override everything else.

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
        """The name of the agent in reports."""
        library = "contrib" if self.algorithm.__module__.startswith("sb3_contrib") else "sb3"
        return f"{library}:{self.algorithm.__name__}"

    @property
    def actions(self) -> frozenset[str] | None:
        """The kinds of action space that it supports; None if building an agent shows it."""
        if issubclass(self.algorithm, DQN):
            return frozenset({"discrete"})
        if issubclass(self.algorithm, (SAC, TD3, DDPG)):
            return frozenset({"continuous"})
        return frozenset(ACTION_KINDS) if issubclass(self.algorithm, (PPO, A2C)) else None

    def __call__(self, env: Any, setting: Setting) -> SB3Agent:
        """An untrained agent on ``env``, which the library wraps as usual."""
        seen = SameStepVecEnv(env) if isinstance(env, VectorEnv) else env
        if takes_masks(self.algorithm):
            seen = all_allowed(seen)
        arguments = constructor_arguments(
            self.algorithm, dict(self.kwargs), setting, seen, defaults=self.defaults
        )
        randomness = PrivateRandomness(arguments.get("seed") or 0)
        with randomness.active(), quiet():
            model = self.algorithm(env=seen, **arguments)
        return agent_class(model)(model, randomness)


def agent_class(model: Any) -> type[SB3Agent]:
    """The agent class for ``model``, chosen by the networks it has."""
    if isinstance(model, DQN):
        return QAgent
    if hasattr(model, "quantile_net"):
        return QuantileAgent
    if hasattr(model, "top_quantiles_to_drop_per_net"):
        return QuantileCritic
    if hasattr(model, "critic") and hasattr(model, "actor"):
        return ContinuousCritic
    if hasattr(model.policy, "lstm_actor"):
        return RecurrentAgent
    if hasattr(model.policy, "predict_values"):
        return DiscreteActorCritic if isinstance(model.action_space, gym.spaces.Discrete) else ActorCritic
    return SB3Agent
