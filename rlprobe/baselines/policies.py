"""Policies that are linear in the observation, for any space: features, and scores as actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from gymnasium import spaces
from gymnasium.spaces.utils import flatdim, flatten

from rlprobe.environments.random_policy import RandomActions

if TYPE_CHECKING:
    from collections.abc import Callable

    import gymnasium as gym
    import numpy.typing as npt

    from rlprobe.baselines.playing import Player

    Floats = npt.NDArray[np.float64]

NORMALISED_BY_STEPS: Final = 1_000
"""Steps of random play that give mean and standard deviation of the features."""
POOLED: Final = 8
"""Pictures are averaged to so many rows and columns."""
MOST_FEATURES: Final = 5_000


class UnsuitedError(Exception):
    """The method cannot be used on such observations or actions; says why."""


class Features:
    """Observations as normalised numbers with a constant 1 at the end.

    Args:
        space: of the observations.

    Raises:
        UnsuitedError: there are too many numbers, or none.
    """

    def __init__(self, space: spaces.Space[Any]) -> None:
        self._space = space
        self._picture = (
            isinstance(space, spaces.Box) and len(space.shape) >= 2 and min(space.shape[:2]) >= POOLED
        )
        try:
            width = len(self.raw(space.sample())) if self._picture else flatdim(space)
        except (ValueError, NotImplementedError) as error:
            raise UnsuitedError(
                f"observations of {type(space).__name__} have no fixed number of features"
            ) from error
        if width > MOST_FEATURES:
            raise UnsuitedError(f"{width:,} numbers in an observation are too many for a linear policy")
        self.width = width + 1
        self.mean, self.std = np.zeros(width), np.ones(width)

    def raw(self, observation: Any) -> Floats:
        """The features without normalisation and without the constant."""
        if self._picture:
            return _pooled(np.asarray(observation, np.float64))
        if isinstance(self._space, spaces.Box):
            return np.asarray(observation, np.float64).reshape(-1)
        return np.asarray(flatten(self._space, observation), np.float64)

    def fit(self, player: Player) -> None:
        """Take mean and standard deviation from random play."""
        actions = RandomActions(player.env.action_space)
        rows: list[Floats] = []
        observation = player.reset()
        while len(rows) < NORMALISED_BY_STEPS and player.searching():
            rows.append(self.raw(observation))
            observation, _, _, ended = player.step(actions.draw())
            if ended:
                observation = player.reset()
        self._take(rows)

    def fit_to(self, env: gym.Env[Any, Any], episodes: int) -> None:
        """The same from a few random episodes of an environment with a time limit."""
        actions = RandomActions(env.action_space)
        rows: list[Floats] = []
        for _ in range(episodes):
            observation, over = env.reset()[0], False
            while not over and len(rows) < NORMALISED_BY_STEPS:
                rows.append(self.raw(observation))
                observation, _, terminated, truncated, _ = env.step(actions.draw())
                over = bool(terminated or truncated)
        self._take(rows)

    def _take(self, rows: list[Floats]) -> None:
        if len(rows) > 1:
            seen = np.array(rows)
            self.mean = np.nan_to_num(seen.mean(axis=0))
            std = np.nan_to_num(seen.std(axis=0))
            self.std = np.where(std > 1e-8, std, 1.0)


def _pooled(picture: Floats) -> Floats:
    """Averages over a coarse grid of patches, each channel by itself."""
    flat = picture.reshape(*picture.shape[:2], -1)
    rows = np.array_split(np.arange(flat.shape[0]), POOLED)
    columns = np.array_split(np.arange(flat.shape[1]), POOLED)
    cells = [flat[r[0] : r[-1] + 1, c[0] : c[-1] + 1].mean(axis=(0, 1)) for r in rows for c in columns]
    return np.concatenate(cells)


class Scores:
    """Turns scores into actions of a space.

    Args:
        space: of the actions.

    Raises:
        UnsuitedError: it is a space without scores.
    """

    def __init__(self, space: spaces.Space[Any]) -> None:
        self.space = space
        if isinstance(space, spaces.Discrete):
            self.width, self._decode = int(space.n), self._discrete
        elif isinstance(space, spaces.Box) and np.issubdtype(space.dtype, np.floating):
            self.width, self._decode = int(np.prod(space.shape)), self._box
        elif isinstance(space, spaces.MultiDiscrete) and space.nvec.ndim == 1:
            self.width, self._decode = int(space.nvec.sum()), self._multi
        elif isinstance(space, spaces.MultiBinary):
            self.width, self._decode = int(np.prod(space.shape)), self._binary
        else:
            raise UnsuitedError(f"actions of {type(space).__name__} have no linear policy")

    def __call__(self, scores: Floats) -> Any:
        """The action for ``(width,)`` scores."""
        return self._decode(scores)

    def _discrete(self, scores: Floats) -> Any:
        assert isinstance(self.space, spaces.Discrete)
        return self.space.start + np.int64(scores.argmax())

    def _box(self, scores: Floats) -> Any:
        assert isinstance(self.space, spaces.Box)
        low, high = self.space.low.astype(np.float64), self.space.high.astype(np.float64)
        bounded = np.isfinite(low) & np.isfinite(high)
        shaped = scores.reshape(self.space.shape)
        scaled = (
            np.where(bounded, low, 0.0)
            + np.where(bounded, high - low, 0.0) * (np.clip(shaped, -1, 1) + 1) / 2
        )
        return np.clip(np.where(bounded, scaled, shaped), low, high).astype(self.space.dtype)

    def _multi(self, scores: Floats) -> Any:
        assert isinstance(self.space, spaces.MultiDiscrete)
        ends = np.cumsum(self.space.nvec)[:-1]
        chosen = np.array([part.argmax() for part in np.split(scores, ends)])
        return (self.space.start + chosen).astype(self.space.dtype)

    def _binary(self, scores: Floats) -> Any:
        return (scores > 0).astype(np.int8).reshape(self.space.shape)


class Linear:
    """A family of policies: the action is read from ``W @ features``."""

    def __init__(self, env: gym.Env[Any, Any]) -> None:
        self.features = Features(env.observation_space)
        self.scores = Scores(env.action_space)
        self.size = self.features.width * self.scores.width

    @classmethod
    def of(cls, player: Player) -> Linear:
        """The family for a player's environment, normalised by random play."""
        family = cls(player.env)
        family.features.fit(player)
        return family

    def policy(self, weights: Floats) -> Callable[[Any], Any]:
        """The policy with these ``(size,)`` weights."""
        W = weights.reshape(self.scores.width, self.features.width)
        raw, scores = self.features.raw, self.scores
        A = W[:, :-1] / self.features.std  # the normalisation within the weights: one product a step
        b = W[:, -1] - A @ self.features.mean
        return lambda observation: scores(A @ raw(observation) + b)
