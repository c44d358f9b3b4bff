"""Hyperparameters with which the algorithms of Stable-Baselines3 learn probes fast."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm

if TYPE_CHECKING:
    from rlprobe.agent import Setting


@dataclass(frozen=True)
class Decay:
    """A step size that starts at ``first`` and falls to ``first / (1 + drop)`` as the progress runs out.

    >>> Decay(0.01, drop=9)(1.0), Decay(0.01, drop=9)(0.0)
    (0.01, 0.001)
    """

    first: float
    drop: float = 9.0

    def __call__(self, progress_remaining: float) -> float:
        """The step size; ``progress_remaining`` falls from 1 to 0."""
        return self.first / (1.0 + self.drop * (1.0 - progress_remaining))


SMALL_NET = {"net_arch": [32]}
NO_GRADIENT_CLIPPING = 1e3
"""Gradient clipping on small batches pulls a critic from the mean of random returns to their median."""
OFF_POLICY = {
    "learning_starts": 64,
    "batch_size": 64,
    "buffer_size": 10_000,
    "policy_kwargs": SMALL_NET,
}
LINEAR_ACTOR = {"net_arch": {"pi": [], "qf": [64, 64]}, "optimizer_kwargs": {"fused": True}}
"""A wider actor saturates its tanh before the critic has converged."""
MAXIMUM_ENTROPY = {
    **OFF_POLICY,
    "learning_rate": Decay(1e-2),
    "learning_starts": 200,
    "policy_kwargs": LINEAR_ACTOR,
    "tau": 0.1,
    "train_freq": 8,
    "gradient_steps": 3,
}
"""Enough random actions first, or the actor saturates at a bound before the critic has learned."""
DETERMINISTIC = {
    **OFF_POLICY,
    "learning_rate": Decay(5e-3, drop=4.0),
    "learning_starts": 128,
    "tau": 0.1,
    "train_freq": 2,
    "policy_kwargs": LINEAR_ACTOR,
}

FAST: dict[str, dict[str, Any]] = {
    "PPO": {
        "learning_rate": Decay(1.5e-2, drop=30.0),
        "max_grad_norm": NO_GRADIENT_CLIPPING,
        "n_steps": 64,
        "batch_size": 64,
        "n_epochs": 8,
        "policy_kwargs": SMALL_NET,
    },
    "A2C": {
        "learning_rate": Decay(7e-3, drop=25.0),
        "max_grad_norm": NO_GRADIENT_CLIPPING,
        "n_steps": 8,
        "gae_lambda": 0.95,
        "policy_kwargs": SMALL_NET,
    },
    "DQN": {
        **OFF_POLICY,
        "learning_rate": Decay(1e-2),
        "max_grad_norm": NO_GRADIENT_CLIPPING,
        "train_freq": 2,
        "target_update_interval": 30,
        "exploration_initial_eps": 0.3,
        "exploration_final_eps": 0.3,
    },
    "SAC": {**MAXIMUM_ENTROPY, "ent_coef": 0.002},
    "TD3": {**DETERMINISTIC, "tau": 0.2},
    "DDPG": DETERMINISTIC,
    "TQC": {**MAXIMUM_ENTROPY, "ent_coef": 0.002, "top_quantiles_to_drop_per_net": 0},
    "CrossQ": {
        **MAXIMUM_ENTROPY,
        "learning_rate": Decay(5e-3),
        "train_freq": 2,
        "gradient_steps": 1,
        "ent_coef": 0.002,
    },
    "QRDQN": {
        **OFF_POLICY,
        "learning_rate": Decay(1e-2),
        "max_grad_norm": NO_GRADIENT_CLIPPING,
        "train_freq": 2,
        "target_update_interval": 30,
        "exploration_initial_eps": 0.3,
        "exploration_final_eps": 0.3,
        "policy_kwargs": {"net_arch": [32], "n_quantiles": 20},
    },
    "TRPO": {
        "learning_rate": Decay(1.5e-2, drop=30.0),
        "n_steps": 64,
        "batch_size": 64,
        "n_critic_updates": 10,
        "target_kl": 0.03,
        "policy_kwargs": SMALL_NET,
    },
    "RecurrentPPO": {
        "learning_rate": Decay(1.5e-2, drop=30.0),
        "max_grad_norm": NO_GRADIENT_CLIPPING,
        "n_steps": 64,
        "batch_size": 64,
        "n_epochs": 8,
        "policy_kwargs": {**SMALL_NET, "lstm_hidden_size": 16},
    },
    "ARS": {"n_delta": 8, "learning_rate": 0.05, "delta_std": 0.1, "policy": "LinearPolicy"},
}
FAST["MaskablePPO"] = FAST["PPO"]
"""Keyword arguments by algorithm; a subclass takes those of its nearest ancestor here."""

LIBRARIES = ("stable_baselines3", "sb3_contrib")
NOISE_STD = 0.3
"""Standard deviation of the exploration noise of TD3 and DDPG, in actions scaled to [-1, 1]."""
MOST_INTERVAL = 500
"""Largest number of steps between two synchronisations of a target network with ``defaults``. With DQN's
own 10,000, nothing is learned beyond the next reward in the 8,000 steps of a run."""
FIRST_ENTROPY = "auto_0.005"
"""First entropy weight of SAC with ``defaults``. From the library's own 1 it takes 15,000 steps to become
negligible in the values."""
REQUESTS = {
    "rollout_length": "n_steps",
    "replay_capacity": "buffer_size",
    "target_interval": "target_update_interval",
}
"""The constructor argument for each request of a ``Setting``."""


def constructor_arguments(
    algorithm: type[Any], given: dict[str, Any], setting: Setting, env: Any, *, defaults: bool
) -> dict[str, Any]:
    """Keyword arguments for ``algorithm``: those given, then the setting, then the fast hyperparameters.

    Args:
        algorithm: the class.
        given: the user's arguments; they always take precedence.
        setting: discount, seed and requests.
        env: its observation space decides the kind of policy, its action space the size of the noise.
        defaults: leave everything else to the library, except two defaults that are too slow for the length
            of a run: the interval of the target network, and an entropy weight that starts at 1.
    """
    arguments: dict[str, Any] = {"policy": _policy(algorithm, env.observation_space), "device": "cpu"}
    if defaults and (_default(algorithm, "target_update_interval") or 0) > MOST_INTERVAL:
        arguments["target_update_interval"] = MOST_INTERVAL
    if defaults and _default(algorithm, "ent_coef") == "auto":
        arguments["ent_coef"] = FIRST_ENTROPY
    if not defaults:
        arguments |= fast_settings(algorithm, env.action_space)
        if issubclass(algorithm, OnPolicyAlgorithm) and "n_steps" in arguments:
            arguments["n_steps"] = max(2, arguments["n_steps"] // setting.num_envs)
    arguments |= {"gamma": setting.gamma, "seed": setting.seed}
    for request, argument in REQUESTS.items():
        fits = request != "rollout_length" or issubclass(algorithm, OnPolicyAlgorithm)
        if fits and (wish := getattr(setting, request)) is not None:
            arguments[argument] = wish
    if "policy" in given or "policy_kwargs" in given:
        arguments.pop("policy_kwargs", None)
    arguments = _accepted(algorithm, arguments) | given
    if "n_steps" in arguments and "batch_size" in arguments and "batch_size" not in given:
        arguments["batch_size"] = min(arguments["batch_size"], arguments["n_steps"] * setting.num_envs)
    return arguments


def fast_settings(algorithm: type[Any], action_space: gym.Space[Any]) -> dict[str, Any]:
    """A copy of the fast hyperparameters of ``algorithm`` or of its nearest ancestor; empty without one.

    TD3 and DDPG get Gaussian action noise, because they do not explore without it.
    """
    for ancestor in algorithm.__mro__:
        if ancestor.__module__.startswith(LIBRARIES) and ancestor.__name__ in FAST:
            settings = dict(FAST[ancestor.__name__])
            if "policy_kwargs" in settings:
                settings["policy_kwargs"] = dict(settings["policy_kwargs"])
            if ancestor.__name__ in {"TD3", "DDPG"} and isinstance(action_space, gym.spaces.Box):
                size = int(np.prod(action_space.shape))
                settings["action_noise"] = NormalActionNoise(np.zeros(size), np.full(size, NOISE_STD))
            return settings
    return {}


def _policy(algorithm: type[Any], space: gym.Space[Any]) -> str:
    """The name of the policy for such observations: that for vectors, or for several parts."""
    kind = "MultiInput" if isinstance(space, gym.spaces.Dict) else "Mlp"
    names = [name for name in algorithm.policy_aliases if name.startswith(kind)]
    return names[0] if names else f"{kind}Policy"


def _default(algorithm: type[Any], name: str) -> Any:
    """What the constructor takes for ``name`` if it is not given; None if it knows no such argument."""
    parameter = inspect.signature(algorithm).parameters.get(name)
    return None if parameter is None or parameter.default is parameter.empty else parameter.default


def _accepted(algorithm: type[Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """Those arguments that the constructor takes, following ``**kwargs`` up through the ancestors."""
    names: set[str] = set()
    for ancestor in algorithm.__mro__:
        if "__init__" not in vars(ancestor):
            continue
        parameters = inspect.signature(ancestor.__init__).parameters.values()  # type: ignore[misc]
        names |= {p.name for p in parameters}
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return {name: value for name, value in arguments.items() if name in names}
