"""Values, actions and masks of the algorithms of sb3-contrib."""

from __future__ import annotations

import inspect
from collections import defaultdict, deque
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
import torch
from stable_baselines3.common.vec_env import VecEnv, VecEnvWrapper

from rlprobe.adapters.sb3.faces import ContinuousCritic, SB3Agent, flat

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.adapters.sb3.randomness import PrivateRandomness

KEPT_HIDDEN_STATES = 8
"""Hidden states kept for each observation; its value is the mean over them."""


class QuantileAgent(SB3Agent):
    """QR-DQN: a critic of the quantiles of each action's return."""

    loss = "quantile"

    def q_values(self, observations: NDArray[Any]) -> NDArray[Any]:
        """``(n, A)``: the means of the quantiles."""
        with torch.no_grad():
            quantiles = self.model.quantile_net(self._tensor(observations))
            values: NDArray[Any] = quantiles.mean(dim=1).cpu().numpy()
        return values


class QuantileCritic(ContinuousCritic):
    """TQC: critics of the quantiles of the return of a continuous action."""

    loss = "quantile"


class RecurrentAgent(SB3Agent):
    """RecurrentPPO: its values and actions depend on the observation and on the hidden state.

    An observation is queried with the hidden states in which it last occurred during learning, or with the
    initial hidden state, zeros, if it never occurred.
    """

    recurrent = True

    def __init__(self, model: Any, randomness: PrivateRandomness) -> None:
        super().__init__(model, randomness)
        self._met: dict[bytes, deque[Any]] = defaultdict(lambda: deque(maxlen=KEPT_HIDDEN_STATES))
        self._forward = model.policy.forward
        model.policy.forward = self._remember

    def _remember(self, obs: Any, lstm_states: Any, episode_starts: Any, **options: Any) -> Any:
        going = (1.0 - episode_starts).view(1, -1, 1)
        states = [part * going for pair in lstm_states for part in pair]
        for i, key in enumerate(_keys(obs)):
            self._met[key].append([part[:, i] for part in states])
        return self._forward(obs, lstm_states, episode_starts, **options)

    def value(self, observations: NDArray[Any]) -> NDArray[Any]:
        """``(n,)``: the mean of the critic over the hidden states in which each observation occurred."""
        with torch.no_grad():
            copies, tensor, states, starts = self._under_met_states(observations)
            values = flat(self.model.policy.predict_values(tensor, states[2:], starts))
        return np.asarray(np.bincount(copies, values) / np.bincount(copies))

    def act(self, observations: NDArray[Any]) -> NDArray[Any]:
        """The deterministic action with the hidden state in which each observation last occurred."""
        with self.randomness.active(), torch.no_grad():
            copies, tensor, states, _ = self._under_met_states(observations)
            pi = tuple(part.cpu().numpy() for part in states[:2])
            rows = _rows(tensor)
            actions: NDArray[Any] = self.model.predict(rows, state=pi, deterministic=True)[0]
        last = np.append(np.flatnonzero(np.diff(copies)), len(copies) - 1)
        return np.asarray(actions[last])

    def _under_met_states(self, observations: NDArray[Any]) -> tuple[NDArray[np.int64], Any, Any, Any]:
        """For each kept hidden state: index of the observation, observation, state and episode start."""
        tensor = self._tensor(observations)
        shape = self.model.policy.lstm_hidden_state_shape
        first = [torch.zeros(shape[0], shape[2]) for _ in range(4)]
        met = [list(self._met[key]) or [first] for key in _keys(tensor)]
        copies = np.repeat(np.arange(len(met)), [len(states) for states in met])
        every = [state for states in met for state in states]
        states = tuple(torch.stack([state[k] for state in every], dim=1) for k in range(4))
        number = torch.as_tensor(copies)
        several = isinstance(tensor, dict)
        rows = {key: part[number] for key, part in tensor.items()} if several else tensor[number]
        return copies, rows, states, torch.zeros(len(copies))


def takes_masks(algorithm: type[Any]) -> bool:
    """Whether ``algorithm`` needs action masks from its environment."""
    return "use_masking" in inspect.signature(algorithm.learn).parameters


def all_allowed(env: Any) -> Any:
    """``env`` with a method ``action_masks``: its own, or one that allows every action."""
    return _VecAllAllowed(env) if isinstance(env, VecEnv) else _AllAllowed(env)


class _AllAllowed(gym.Wrapper[Any, Any, Any, Any]):
    """A single environment with action masks."""

    def action_masks(self) -> NDArray[np.bool_]:
        """``(A,)``."""
        own = getattr(self.env.unwrapped, "action_masks", None)
        return np.asarray(own(), bool) if callable(own) else _every(self.action_space)


class _VecAllAllowed(VecEnvWrapper):  # type: ignore[misc]
    """Several environments in which every action is allowed."""

    def reset(self) -> Any:
        """Start an episode everywhere."""
        return self.venv.reset()

    def step_wait(self) -> Any:
        """Step every environment."""
        return self.venv.step_wait()

    def has_attr(self, attr_name: str) -> bool:
        """Whether the environments have an attribute."""
        return bool(attr_name == "action_masks" or self.venv.has_attr(attr_name))

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> list[Any]:
        """Call a method of every environment."""
        if method_name == "action_masks":
            return [_every(self.action_space)] * self.num_envs
        return list(self.venv.env_method(method_name, *args, indices=indices, **kwargs))


def _every(space: Any) -> NDArray[np.bool_]:
    return np.ones(int(np.sum(getattr(space, "nvec", getattr(space, "n", 0)))), bool)


def _rows(tensor: Any) -> Any:
    if isinstance(tensor, dict):
        return {key: part.cpu().numpy() for key, part in tensor.items()}
    return tensor.cpu().numpy()


def _keys(tensor: Any) -> list[bytes]:
    """Each observation of a batch as bytes."""
    parts = list(tensor.values()) if isinstance(tensor, dict) else [tensor]
    arrays = [np.ascontiguousarray(part.detach().cpu().numpy()) for part in parts]
    return [b"".join(array[i].tobytes() for array in arrays) for i in range(len(arrays[0]))]
