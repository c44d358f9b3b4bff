"""The dynamics on a grid, found by calling the environment in every cell with every action."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from probe_envs import Table
    from rlprobe.maps.world.access import Access
    from rlprobe.maps.world.plane import Plane

    Floats = npt.NDArray[np.float64]

SAMPLES: Final = 16
"""Of each step of a stochastic environment."""
PROVED_ON: Final = 60
"""Steps of a batch that are compared with single ones."""


@dataclass(frozen=True, eq=False)
class Model:
    """``reward`` ``(n, A)``; the next state as ``weight`` over the points ``index``, both ``(n, A, k)``.

    The weights of a step sum to the chance that it does not terminate.
    """

    reward: Floats
    index: npt.NDArray[np.int64]
    weight: Floats

    def backup(self, V: Floats, gamma: float) -> Floats:
        """``Q(s, a) = r + gamma * sum weight * V(next)``, ``(n, A)``."""
        return np.asarray(self.reward + gamma * np.einsum("nak,nak->na", self.weight, V[self.index]))

    def chosen(self, action: npt.NDArray[np.int64]) -> Model:
        """The model with one action in each state."""
        rows = np.arange(len(action))
        return Model(
            self.reward[rows, action][:, None],
            self.index[rows, action][:, None],
            self.weight[rows, action][:, None],
        )


def model_of_probe(table: Table) -> Model:
    """The exact model of a process with finitely many states."""
    S, A = table.shape
    reward = np.zeros((S, A))
    np.add.at(reward, (table.source, table.action), table.chance * table.reward)
    most = int(np.bincount(table.source * A + table.action).max())
    index, weight = np.zeros((S, A, most), np.int64), np.zeros((S, A, most))
    filled = np.zeros((S, A), np.int64)
    for s, a, target, _, chance in table.rows():
        if target != table.end:
            index[s, a, filled[s, a]], weight[s, a, filled[s, a]] = target, chance
        filled[s, a] += 1
    return Model(reward, index, weight)


def model_of_states(access: Access, plane: Plane, actions: Sequence[Any]) -> Model:
    """The model of an environment whose state can be set, for each point of the plane and each action."""
    n, A = plane.size, len(actions)
    states = np.repeat(plane.points, A, axis=0)
    return _reshaped(_steps(access, plane, states, list(actions) * n), n, A)


def model_of_policy(access: Access, plane: Plane, actions: npt.NDArray[Any]) -> Model:
    """The model with the action of a policy at each point."""
    return _reshaped(_steps(access, plane, plane.points, list(actions)), plane.size, 1)


Steps = tuple["Floats", "npt.NDArray[np.int64]", "Floats"]


def _reshaped(steps: Steps, n: int, A: int) -> Model:
    reward, index, weight = steps
    return Model(reward.reshape(n, A), index.reshape(n, A, -1), weight.reshape(n, A, -1))


def _steps(access: Access, plane: Plane, states: Floats, actions: list[Any]) -> Steps:
    """Reward, corners and weights of one step from each state, averaged over samples if it is stochastic."""
    if not access.stochastic:
        after, reward, alive = _batch(access, states, actions) or _one_by_one(access, states, actions)
        index, weight = plane.corners(after)
        return reward, index, weight * alive[:, None]
    rewards, indices, weights = [], [], []
    for _ in range(SAMPLES):
        after, reward, alive = _one_by_one(access, states, actions)
        index, weight = plane.corners(after)
        rewards.append(reward)
        indices.append(index)
        weights.append(weight * alive[:, None] / SAMPLES)
    return np.mean(rewards, axis=0), np.concatenate(indices, axis=1), np.concatenate(weights, axis=1)


Outcome = tuple["Floats", "Floats", "Floats"]


def _one_by_one(access: Access, states: Floats, actions: list[Any]) -> Outcome:
    after, reward, alive = np.empty_like(states), np.empty(len(states)), np.empty(len(states))
    for row, (state, action) in enumerate(zip(states, actions, strict=True)):
        access.put(state)
        after[row], reward[row], terminated, _ = access.step(action)
        alive[row] = not terminated
    return after, reward, alive


def _batch(access: Access, states: Floats, actions: list[Any]) -> Outcome | None:
    """All steps in one call, if the environment takes arrays and gives what single calls give."""
    if access.active or not hasattr(actions[0], "shape") or not hasattr(access.base, "state"):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            access.put(states[0])
            access.base.state = states.T.copy()
            together = np.stack([np.asarray(action).reshape(-1) for action in actions], axis=1)
            _, reward, terminated, _, _ = access.base.step(together)
            after = np.asarray(access.base.state, np.float64).T
            reward = np.broadcast_to(np.asarray(reward, np.float64), len(states))
            alive = 1.0 - np.broadcast_to(np.asarray(terminated, np.float64), len(states))
    except Exception:  # noqa: BLE001 - whatever an environment raises on arrays
        return None
    if after.shape != states.shape or not (np.isfinite(after).all() and np.isfinite(reward).all()):
        return None
    rows = np.random.default_rng(0).integers(len(states), size=PROVED_ON)
    single = _one_by_one(access, states[rows], [actions[row] for row in rows])
    found = after[rows], reward[rows], alive[rows]
    close = all(np.allclose(a, b, rtol=1e-5, atol=1e-6) for a, b in zip(found, single, strict=True))
    return (after, reward.copy(), alive) if close else None
