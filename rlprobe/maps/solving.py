"""The exact answer on a grid: optimal values, best actions, values of a given policy."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.environments.signals import first_number
from rlprobe.maps.world.finding import world_of
from rlprobe.maps.world.model import model_of_policy, model_of_states

if TYPE_CHECKING:
    import gymnasium as gym
    import numpy.typing as npt

    from rlprobe.maps.world.model import Model
    from rlprobe.maps.world.plane import Plane
    from rlprobe.maps.world.world import World

    Floats = npt.NDArray[np.float64]

SWEEPS_OF_POLICY: Final = 60
"""Sweeps over the greedy policy between two improvements (modified policy iteration)."""
MOST_IMPROVEMENTS: Final = 3_000
CLOSE: Final = 1e-8
"""Largest change of a sweep, as a share of the values, times 1 - gamma."""
UNSURE_SHARE: Final = 0.05
"""Values that differ by more than this share of their range between two grids are hatched."""
EPISODES: Final = 40
PLAY_S: Final = 20.0
"""No new episode begins after so many seconds."""
CUT_AFTER_STEPS: Final = 1_000


@dataclass(frozen=True, eq=False)
class Reference:
    """Exact values on the grid of a plane.

    Args:
        world: the plane and the dynamics.
        gamma: the discount.
        V: ``(size,)`` optimal values.
        Q: ``(size, A)`` action values.
        unsure: ``(size,)`` where a coarser grid gives values that differ by more than 5 % of the range.
        error: the largest difference between both grids, outside the unsure points.
    """

    world: World
    gamma: float
    V: Floats
    Q: Floats
    unsure: npt.NDArray[np.bool_]
    error: float

    @property
    def plane(self) -> Plane:
        """The plane the values lie on."""
        return self.world.plane

    def value(self, points: npt.ArrayLike) -> Floats:
        """The optimal value at ``(n, 2)`` points, between grid points by bilinear interpolation."""
        return self.plane.interpolate(self.V, np.atleast_2d(np.asarray(points, np.float64)))

    def action(self, point: npt.ArrayLike) -> Any:
        """The best of the candidate actions at a point."""
        q = self.plane.interpolate(self.Q, np.atleast_2d(np.asarray(point, np.float64)))[0]
        return self.world.actions[int(q.argmax())]

    def returns(self, env: gym.Env[Any, Any], episodes: int = EPISODES) -> Floats:
        """Undiscounted returns of the greedy policy in ``env``, whose state must be readable."""
        found: list[float] = []
        limited = env.spec is not None and env.spec.max_episode_steps is not None
        until = time.perf_counter() + PLAY_S
        for seed in range(episodes):
            if time.perf_counter() > until:
                break
            observation, _ = env.reset(seed=10_000 + seed)
            total, ended, length = 0.0, False, 0
            while not ended and (limited or length < CUT_AFTER_STEPS):
                action = self.action(self.world.point(env, observation))
                observation, reward, terminated, truncated, _ = env.step(action)
                total += first_number(reward)
                ended, length = bool(terminated or truncated), length + 1
            found.append(total)
        return np.array(found)

    def of_policy(self, actions: npt.NDArray[Any] | None, chances: Floats | None = None) -> Floats:
        """The exact values of a policy, ``(size,)``.

        Args:
            actions: ``(size, ...)`` its action at each point.
            chances: instead, ``(size, A)`` probabilities of the candidate actions.
        """
        return evaluated(self.model_of(actions, chances), self.gamma)

    def model_of(self, actions: npt.NDArray[Any] | None, chances: Floats | None = None) -> Model:
        """The dynamics under a policy."""
        model = self.world.model
        assert model is not None
        if chances is not None:
            weight = (model.weight * chances[..., None]).reshape(len(chances), 1, -1)
            reward = (model.reward * chances).sum(axis=1, keepdims=True)
            return replace(
                model, reward=reward, weight=weight, index=model.index.reshape(len(chances), 1, -1)
            )
        assert actions is not None
        if self.world.access is None or np.ndim(self.world.actions[0]) == 0:
            return model.chosen(self.numbers(actions))
        return model_of_policy(self.world.access, self.plane, actions)

    def numbers(self, actions: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """The number of the nearest candidate of each action."""
        listed = np.asarray(self.world.actions, np.float64).reshape(len(self.world.actions), -1)
        given = np.asarray(actions, np.float64).reshape(len(actions), -1)
        return np.asarray(((given[:, None] - listed[None]) ** 2).sum(axis=-1).argmin(axis=1))


def reference(env: gym.Env[Any, Any], gamma: float = 0.99, grid: int = 101) -> Reference:
    """Optimal values by value iteration on a bilinear grid; the dynamics come from calling ``env`` itself.

    Args:
        env: an environment that is used for nothing else, because its state is set. The state is two numbers
            (``env.unwrapped.state``), or it is a probe, whose exact process is taken.
        gamma: the discount, below 1.
        grid: points along each of the two numbers.

    Raises:
        PlaneError: there are no two numbers to draw over, as for images.
        ValueError: gamma out of range, or there is no exact answer for the environment; says why.

    >>> import gymnasium as gym
    >>> found = reference(gym.make("MountainCar-v0"), gamma=0.99, grid=31)
    >>> found.V.shape, found.action([0.4, 0.05])
    ((961,), 2)
    """
    return solved(world_of(env, grid=grid), gamma)


def solved(world: World, gamma: float) -> Reference:
    """The reference of a world; raises ``ValueError`` if it has no model."""
    if not 0.0 <= gamma < 1.0:
        raise ValueError(f"gamma: expected a discount in [0, 1), got {gamma}")
    if world.model is None:
        raise ValueError("; ".join(world.notes) or "no exact answer")
    V = optimal(world.model, gamma)
    unsure, error = _compared(world, V, gamma)
    return Reference(world, gamma, V, world.model.backup(V, gamma), unsure, error)


def optimal(model: Model, gamma: float) -> Floats:
    """Optimal values by modified policy iteration (Puterman and Shin, 1978)."""
    V = np.zeros(len(model.reward))
    for _ in range(MOST_IMPROVEMENTS):
        Q = model.backup(V, gamma)
        new = Q.max(axis=1)
        change, scale = float(abs(new - V).max()), max(1.0, float(abs(new).max()))
        V = new
        if change <= CLOSE * scale * (1.0 - gamma):
            break
        greedy = model.chosen(Q.argmax(axis=1))
        for _ in range(SWEEPS_OF_POLICY):
            V = greedy.backup(V, gamma)[:, 0]
    return V


def evaluated(model: Model, gamma: float) -> Floats:
    """The values of the only action of ``model``, by sweeps."""
    V = np.zeros(len(model.reward))
    for sweep in range(100_000):
        new = model.backup(V, gamma)[:, 0]
        if sweep % 20 == 0 and float(abs(new - V).max()) <= CLOSE * max(1.0, float(abs(new).max())) * (
            1 - gamma
        ):
            return new
        V = new
    return V


def _compared(world: World, V: Floats, gamma: float) -> tuple[npt.NDArray[np.bool_], float]:
    """Where half the resolution gives other values, and by how much they differ elsewhere."""
    plane = world.plane
    if world.access is None or min(plane.shape) < 11:
        return np.zeros(len(V), dtype=bool), 0.0
    coarse = replace(plane, shape=(plane.shape[0] // 2 + 1, plane.shape[1] // 2 + 1))
    rough = optimal(model_of_states(world.access, coarse, world.actions), gamma)
    difference = abs(coarse.interpolate(rough, plane.points) - V)
    unsure = difference > UNSURE_SHARE * max(float(np.ptp(V)), 1e-9)
    return unsure, float(difference[~unsure].max(initial=0.0))
