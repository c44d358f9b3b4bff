"""Models of Stable-Baselines3: their values are queried directly."""

from __future__ import annotations

import copy
import sys
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np

from rlprobe.scripts.inside.reading.frames import named_things

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

LIBRARY = "stable_baselines3.common.base_class"


def model_in(names: Mapping[str, Any]) -> tuple[str, Any] | None:
    """The model that a script trains, with its name."""
    if LIBRARY not in sys.modules:
        return None
    kind = sys.modules[LIBRARY].BaseAlgorithm
    found = [(name, thing) for name, thing in named_things(names) if isinstance(thing, kind)]
    return min(found, key=lambda one: len(one[0])) if found else None


def critic_of(model: Any) -> str | None:
    """The part of a model that gives values; None if it has none, or one that needs a memory."""
    if needs_memory(model):
        return None
    if hasattr(model, "q_net"):
        return "q_net"
    if getattr(model, "critic", None) is not None:
        return "critic"
    return "policy.predict_values" if hasattr(model.policy, "predict_values") else None


def needs_memory(model: Any) -> bool:
    """Whether its values depend on what it has seen before, so that they cannot be queried."""
    return hasattr(model.policy, "lstm_actor")


def sees_more(model: Any, stages: list[Any]) -> bool:
    """Whether a model sees more than the observation: it has a memory, or a wrapper adds earlier ones."""
    if needs_memory(model) or not stages or not isinstance(model.observation_space, gym.spaces.Box):
        return needs_memory(model)
    seen = np.asarray(_as_wrapped(model, stages[0].looks[:1])[0])
    return bool(seen.size != np.prod(model.observation_space.shape))


def values_of(model: Any, stages: list[Any], asked: int) -> list[float]:
    """The value of each queried observation."""
    torch = sys.modules["torch"]
    normaliser, observations = _normalised(model, stages[0].looks[:asked])
    training = model.policy.training
    model.policy.set_training_mode(False)
    try:
        with torch.no_grad():
            found = _ask(model, model.policy.obs_to_tensor(observations)[0], torch)
    finally:
        model.policy.set_training_mode(training)
    values = np.asarray(found.cpu().numpy().reshape(-1), np.float64)
    if normaliser is not None and normaliser.norm_reward:
        values = values * np.sqrt(normaliser.ret_rms.var + normaliser.epsilon)
    return [float(value) for value in values]


def _normalised(model: Any, looks: list[Any]) -> tuple[Any, Any]:
    """The model's ``VecNormalize``, if it has one, and the observations as the model sees them."""
    observations: Any = _stacked(_as_wrapped(model, looks))
    normaliser = model.get_vec_normalize_env()
    return normaliser, observations if normaliser is None else normaliser.normalize_obs(observations)


def _as_wrapped(model: Any, looks: list[Any]) -> list[Any]:
    """Observations as the wrappers of the script's environment show them; statistics stay as they are."""
    envs = getattr(model.get_env().unwrapped, "envs", None)
    env, wrappers = envs[0] if envs else None, list[Any]()
    while isinstance(env, gym.Wrapper):
        if isinstance(env, gym.ObservationWrapper):
            wrappers.append(env)
        env = env.env
    for wrapper in reversed(wrappers):
        counts = getattr(wrapper, "update_running_mean", False)
        if counts:
            wrapper.update_running_mean = False
        looks = [copy.deepcopy(wrapper.observation(look)) for look in looks]  # it may reuse one array
        if counts:
            wrapper.update_running_mean = True
    return looks


def actions_of(model: Any, stages: list[Any]) -> NDArray[Any]:
    """The greedy action at each observation."""
    _, observations = _normalised(model, stages[0].looks)
    return np.asarray(model.predict(observations, deterministic=True)[0])


def _ask(model: Any, tensor: Any, torch: Any) -> Any:
    if hasattr(model, "q_net"):
        said = model.q_net(tensor)
        return (said.mean(dim=1) if said.ndim == 3 else said).max(dim=1).values
    if getattr(model, "critic", None) is not None:
        action = model.policy._predict(tensor, deterministic=True)  # noqa: SLF001 - as model.predict does
        said = model.critic(tensor, action)
        if isinstance(said, tuple):
            return torch.cat(said, dim=1).min(dim=1).values
        return said.reshape(len(said), -1).mean(dim=1)
    return model.policy.predict_values(tensor)


def temperature_of(model: Any) -> float:
    """The weight of entropy in the values of a model."""
    if getattr(model, "log_ent_coef", None) is not None:
        return float(model.log_ent_coef.detach().exp())
    tensor = getattr(model, "ent_coef_tensor", None)
    return 0.0 if tensor is None else float(tensor)


def _stacked(looks: list[Any]) -> Any:
    if isinstance(looks[0], dict):
        return {key: np.stack([look[key] for look in looks]) for key in looks[0]}
    return np.stack([np.asarray(look) for look in looks])
