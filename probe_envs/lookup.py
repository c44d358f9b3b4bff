"""Array look-ups that advance many environments at once: codes to next codes, codes to observations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

if TYPE_CHECKING:
    from collections.abc import Sequence

    import gymnasium as gym
    from numpy.typing import NDArray

    from probe_envs.dynamics import Dynamics

WIDE = {8: np.int64, 16: np.complex128}  # rows of this many bytes are copied as one number


class StepTable:
    """One step of ``num_envs`` environments as look-ups; an ended environment moves to a start.

    Row ``(code * actions + action) * outcomes + outcome`` holds the next code and the reward.
    """

    def __init__(self, dynamics: Dynamics, num_envs: int, *, copy: bool) -> None:
        steps, starts = dynamics.steps, dynamics.starts
        ended = (dynamics.codes - dynamics.truncated_from) * dynamics.actions
        most = max(steps.code.shape[1], starts.code.shape[1])
        code = np.vstack([_widen(steps.code, most), np.repeat(_widen(starts.code, most), ended, axis=0)])
        reward = np.vstack([_widen(steps.reward, most), np.zeros((ended, most))])
        threshold = np.vstack(
            [_raise(steps.threshold, most), np.repeat(_raise(starts.threshold, most), ended, axis=0)]
        )
        self._actions, self._outcomes = dynamics.actions, most
        self._code, self._reward = code.ravel(), reward.ravel()
        self._thresholds = _columns(code, reward, threshold)
        self._rows = np.empty(num_envs, dtype=np.int64)
        self._rewards = None if copy else np.empty(num_envs)

    def __call__(
        self, codes: NDArray[np.int64], columns: NDArray[np.int64], draws: NDArray[Any] | None
    ) -> NDArray[np.float64]:
        """Advance ``codes`` in place; returns the rewards, ``(n,)``."""
        rows = codes
        if self._actions > 1:
            rows = np.multiply(codes, self._actions, out=self._rows)
            rows += columns
        if self._outcomes > 1:
            assert draws is not None
            reached = [
                draws >= (level if level.ndim == 0 else level.take(rows, mode="clip"))
                for level in self._thresholds
            ]
            rows = np.multiply(rows, self._outcomes, out=self._rows)
            for more in reached:
                rows += more.astype(np.int64)
        rewards = self._reward.take(rows, out=self._rewards, mode="clip")
        self._code.take(rows, out=codes, mode="clip")
        return rewards


class ViewTable:
    """The observations at an array of codes, batched as the observation space says."""

    def __init__(self, space: gym.Space[Any], views: Sequence[Any], num_envs: int, *, copy: bool) -> None:
        self._parts: dict[Any, ViewTable] | None = None
        self._tuple = isinstance(space, spaces.Tuple)
        if isinstance(space, (spaces.Dict, spaces.Tuple)):
            keys = list(space.keys()) if isinstance(space, spaces.Dict) else range(len(space))
            self._parts = {
                key: ViewTable(space[key], [view[key] for view in views], num_envs, copy=copy) for key in keys
            }
            return
        self._table = np.ascontiguousarray(np.stack(views), dtype=space.dtype)
        wide = WIDE.get(self._table[0].nbytes) if self._table.ndim > 1 else None
        self._flat = self._table if wide is None else self._table.reshape(len(views), -1).view(wide).ravel()
        self._out = None if copy else np.empty((num_envs, *self._flat.shape[1:]), dtype=self._flat.dtype)

    def __call__(self, codes: NDArray[np.int64]) -> Any:
        """The observations at ``codes``, ``(n, *shape)`` in every leaf."""
        if self._parts is not None:
            parts = {key: part(codes) for key, part in self._parts.items()}
            return tuple(parts.values()) if self._tuple else parts
        taken = self._flat.take(codes, axis=0, out=self._out, mode="clip")
        if self._flat.dtype == self._table.dtype:
            return taken
        return taken.view(self._table.dtype).reshape(len(codes), *self._table.shape[1:])


def _widen(rows: NDArray[Any], most: int) -> NDArray[Any]:
    return np.pad(rows, ((0, 0), (0, most - rows.shape[1])), mode="edge")


def _raise(thresholds: NDArray[Any], most: int) -> NDArray[Any]:
    gap = most - 1 - thresholds.shape[1]
    return np.pad(thresholds, ((0, 0), (0, gap)), constant_values=np.iinfo(thresholds.dtype).max)


def _columns(
    code: NDArray[np.int64], reward: NDArray[np.float64], threshold: NDArray[Any]
) -> list[NDArray[Any]]:
    """The thresholds by outcome; a single number where all rows agree that care which outcome it is."""
    columns = []
    for k in range(threshold.shape[1]):
        cares = (code[:, k] != code[:, k + 1]) | (reward[:, k] != reward[:, k + 1])
        levels = np.unique(threshold[cares, k]) if threshold.shape[1] == 1 else threshold[:, k]
        columns.append(np.asarray(levels[0]) if len(levels) == 1 else np.ascontiguousarray(threshold[:, k]))
    return columns
