"""Action distributions of a policy network: categorical for ``Discrete``, Gaussian for ``Box``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
import torch
from torch import nn

if TYPE_CHECKING:
    from numpy.typing import NDArray


def head_for(env: Any, seed: int) -> Categorical | Gaussian:
    """The head that fits the action space of ``env``.

    Raises:
        TypeError: the action space is neither ``Discrete`` nor ``Box``.
    """
    space = getattr(env, "single_action_space", env.action_space)
    if isinstance(space, gym.spaces.Discrete):
        return Categorical(space, seed)
    if isinstance(space, gym.spaces.Box):
        return Gaussian(space, seed)
    raise TypeError(f"action space: expected Discrete or Box, got {space}")


class Categorical(nn.Module):
    """Softmax over the actions, counted from 0 whatever ``start`` the space has."""

    discrete = True

    def __init__(self, space: gym.spaces.Discrete, seed: int) -> None:
        super().__init__()
        self.inputs, self.start = int(space.n), int(space.start)
        self.generator = torch.Generator().manual_seed(seed)

    def sample(self, logits: torch.Tensor) -> NDArray[Any]:
        """``(n,)`` actions drawn from the policy."""
        actions: NDArray[Any] = (
            torch.multinomial(logits.softmax(-1), 1, generator=self.generator).squeeze(-1).numpy()
        )
        return actions

    def mode(self, logits: torch.Tensor) -> NDArray[Any]:
        """``(n,)`` most likely actions."""
        actions: NDArray[Any] = logits.argmax(-1).numpy()
        return actions

    def log_prob(self, logits: torch.Tensor, action: torch.Tensor) -> torch.Tensor:
        """``(n,)`` log-probabilities of ``action``."""
        return logits.log_softmax(-1).gather(-1, action[:, None]).squeeze(-1)

    def entropy(self, logits: torch.Tensor) -> torch.Tensor:
        """``(n,)`` entropies in nats."""
        log_chances = logits.log_softmax(-1)
        return -(log_chances.exp() * log_chances).sum(-1)

    def to_env(self, action: NDArray[Any]) -> NDArray[Any]:
        """The same actions in the coordinates of the space."""
        return action + self.start


class Gaussian(nn.Module):
    """Independent Gaussians with learned standard deviations, in coordinates of -1 to 1 between the bounds.

    A tanh keeps the mean inside the bounds. The environment gets the clipped action; log-probabilities are
    those of the action before clipping.
    """

    discrete = False

    def __init__(self, space: gym.spaces.Box, seed: int) -> None:
        super().__init__()
        self.shape, self.inputs, self.space = space.shape, math.prod(space.shape), space
        bounded = np.isfinite(space.low) & np.isfinite(space.high)
        with np.errstate(invalid="ignore"):
            self.centre = np.where(bounded, (space.high + space.low) / 2, 0.0)
            self.reach = np.where(bounded, (space.high - space.low) / 2, 1.0)
        self.log_std = nn.Parameter(torch.full((self.inputs,), -1.2))
        self.generator = torch.Generator().manual_seed(seed)

    def sample(self, raw: torch.Tensor) -> NDArray[Any]:
        """``(n, inputs)`` actions drawn from the policy."""
        noise = torch.randn(raw.shape, generator=self.generator)
        actions: NDArray[Any] = (raw.tanh() + self.log_std.exp() * noise).numpy()
        return actions

    def mode(self, raw: torch.Tensor) -> NDArray[Any]:
        """``(n, inputs)`` most likely actions."""
        actions: NDArray[Any] = raw.tanh().numpy()
        return actions

    def log_prob(self, raw: torch.Tensor, action: torch.Tensor) -> torch.Tensor:
        """``(n,)`` logarithms of the densities of ``action``, summed over its components."""
        z = (action - raw.tanh()) / self.log_std.exp()
        return (-0.5 * z**2 - self.log_std - 0.5 * math.log(2 * math.pi)).sum(-1)

    def entropy(self, raw: torch.Tensor) -> torch.Tensor:
        """``(n,)`` differential entropies in nats."""
        return (self.log_std + 0.5 * math.log(2 * math.pi * math.e)).sum().expand(len(raw))

    def to_env(self, action: NDArray[Any]) -> NDArray[Any]:
        """The same actions in the coordinates of the space, clipped to its bounds."""
        scaled = self.centre + self.reach * action.reshape(len(action), *self.shape)
        return np.asarray(np.clip(scaled, self.space.low, self.space.high), dtype=self.space.dtype)
