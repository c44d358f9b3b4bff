"""Array look-ups that advance many environments at once: codes to next codes, codes to observations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from probe_envs.dynamics import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    import gymnasium as gym
    from numpy.typing import NDArray

    from probe_envs.dynamics import Dynamics, Outcomes

WIDE = {8: np.int64, 16: np.complex128}  # rows of this many bytes are copied as one number
MOST_ROWS = 2**16


class StepTable:
    """One step of ``num_envs`` environments as look-ups; an ended environment moves to a start.

    Row ``(code * actions + action) * span + k`` holds the next code and the reward. Where draws are
    short, ``k`` is the draw itself; else it is the number of thresholds that the draw reaches.
    """

    def __init__(self, dynamics: Dynamics, num_envs: int, *, copy: bool) -> None:
        tables = dynamics.steps, dynamics.starts
        ends = np.arange(dynamics.truncated_from, dynamics.codes)
        after = np.repeat([dynamics.start_row(int(code)) for code in ends], dynamics.actions)
        self._levels: list[NDArray[np.int64]] = []
        self._by_draw = False
        if not dynamics.random:
            self._span, written = 1, [(o.code, o.reward) for o in tables]
        elif (dynamics.codes * dynamics.actions) << dynamics.bits <= MOST_ROWS:
            self._span, self._by_draw = 1 << dynamics.bits, True
            written = [_by_draw(o, self._span) for o in tables]
        else:
            self._span = max(dynamics.steps.code.shape[1], dynamics.starts.code.shape[1])
            padded = [_by_outcome(o, self._span) for o in tables]
            written = [(code, reward) for code, reward, _ in padded]
            self._levels = _levels(np.vstack([padded[0][2], padded[1][2][after]]))
        (step_code, step_reward), (start_code, _) = written
        self._code = np.vstack([step_code, start_code[after]]).ravel()
        self._reward = np.append(step_reward.ravel(), np.zeros(len(after) * self._span))
        self._several, self._actions = dynamics.actions > 1, np.array(dynamics.actions)
        self._stride = np.array(self._span)
        self._rows = np.empty(num_envs, dtype=np.int64)
        self._rewards = None if copy else np.empty(num_envs)

    def __call__(
        self, codes: NDArray[np.int64], columns: NDArray[np.int64], draws: NDArray[np.int64] | None
    ) -> NDArray[np.float64]:
        """Advance ``codes`` in place; returns the rewards, ``(n,)``."""
        rows = codes
        if self._several:
            rows = np.multiply(codes, self._actions, self._rows)
            rows += columns
        if draws is not None:
            levels = [x if x.ndim == 0 else x.take(rows, mode="clip") for x in self._levels]
            rows = np.multiply(rows, self._stride, self._rows)
            for level in levels:
                rows += draws >= level
            if self._by_draw:
                rows += draws
        rewards = self._reward.take(rows, out=self._rewards, mode="clip")
        self._code.take(rows, out=codes, mode="clip")
        return rewards


class StartTable:
    """The codes in which new episodes start."""

    def __init__(self, dynamics: Dynamics) -> None:
        self._starts = dynamics.starts
        self._row = np.array([dynamics.start_row(code) for code in range(dynamics.codes)])

    def __call__(self, last: NDArray[np.int64], draws: NDArray[np.int64] | None) -> NDArray[np.int64]:
        """The first codes of the episodes that follow the codes ``last``, ``(n,)``."""
        code, threshold = self._starts.code, self._starts.threshold
        if len(code) > 1:
            rows = self._row[last]
            reached = 0 if draws is None else (draws[:, None] >= threshold[rows]).sum(axis=1)
            return np.asarray(code[rows, reached])
        if draws is None:
            return np.broadcast_to(code[0], last.shape)
        return np.asarray(code[0].take(np.searchsorted(threshold[0], draws, side="right")))


class ViewTable:
    """The observations at an array of codes, batched as the observation space says."""

    def __init__(self, space: gym.Space[Any], views: Sequence[Any], num_envs: int, *, copy: bool) -> None:
        self._parts: dict[Any, ViewTable] | None = None
        self._tuple = isinstance(space, spaces.Tuple)
        if isinstance(space, (spaces.Dict, spaces.Tuple)):
            members = space.items() if isinstance(space, spaces.Dict) else enumerate(space)
            self._parts = {
                key: ViewTable(part, [view[key] for view in views], num_envs, copy=copy)
                for key, part in members
            }
            return
        self._table = np.ascontiguousarray(np.stack(views), dtype=space.dtype)
        wide = WIDE.get(self._table[0].nbytes) if self._table.ndim > 1 else None
        self._flat = self._table if wide is None else self._table.reshape(len(views), -1).view(wide).ravel()
        self._out = None if copy else np.empty((num_envs, *self._flat.shape[1:]), dtype=self._flat.dtype)

    def __call__(self, codes: NDArray[np.int64]) -> Any:
        """The observations at ``codes``, ``(n, *shape)`` in every leaf."""
        if self._parts is not None:
            return self._joined({key: part(codes) for key, part in self._parts.items()})
        return self._shaped(self._flat.take(codes, axis=0, out=self._out, mode="clip"))

    def each(self, codes: NDArray[np.int64]) -> NDArray[np.object_]:
        """The observations at ``codes`` one by one, as a single environment shows them; ``(n,)``."""
        if self._parts is not None:
            rows = zip(*(part.each(codes) for part in self._parts.values()), strict=True)
            joined = (self._joined(dict(zip(self._parts, row, strict=True))) for row in rows)
            return np.fromiter(joined, dtype=object, count=len(codes))
        taken = self._shaped(self._flat.take(codes, axis=0, mode="clip"))
        return np.fromiter(taken, dtype=object, count=len(codes))

    def _joined(self, parts: dict[Any, Any]) -> Any:
        return tuple(parts.values()) if self._tuple else parts

    def _shaped(self, taken: NDArray[Any]) -> NDArray[Any]:
        if self._flat.dtype == self._table.dtype:
            return taken
        return taken.view(self._table.dtype).reshape(len(taken), *self._table.shape[1:])


def _by_draw(outcomes: Outcomes, span: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Codes and rewards for every possible draw, ``(rows, span)``."""
    if outcomes.code.shape[1] == 1:
        return np.repeat(outcomes.code, span, axis=1), np.repeat(outcomes.reward, span, axis=1)
    k = (np.arange(span)[None, :, None] >= outcomes.threshold[:, None, :]).sum(axis=2)
    return np.take_along_axis(outcomes.code, k, axis=1), np.take_along_axis(outcomes.reward, k, axis=1)


def _by_outcome(
    outcomes: Outcomes, most: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Codes, rewards and thresholds, with as many outcomes in every row."""
    gap = ((0, 0), (0, most - outcomes.code.shape[1]))
    levels = np.pad(outcomes.threshold, gap, constant_values=NEVER)
    return np.pad(outcomes.code, gap, mode="edge"), np.pad(outcomes.reward, gap, mode="edge"), levels


def _levels(thresholds: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """One array per outcome; a single number where all rows agree that have so many outcomes.

    The others repeat their last outcome, so it does not matter whether the draw reaches the number.
    """
    levels = []
    for column in thresholds.T:
        agreed = np.unique(column[column < NEVER])
        levels.append(agreed.reshape(()) if len(agreed) == 1 else column.copy())
    return levels
