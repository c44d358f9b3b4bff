"""The world of a map: its plane, the observations of all points, and where there is one, its dynamics."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from gymnasium import spaces

from rlprobe.environments.random_policy import RandomActions
from rlprobe.maps.world.access import Access, CannotSetError
from rlprobe.maps.world.model import Model, model_of_probe, model_of_states
from rlprobe.maps.world.plane import Plane, PlaneError

if TYPE_CHECKING:
    import gymnasium as gym
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

KNOWN: Final = {
    "PendulumEnv": Plane(("angle", "angular velocity"), (-np.pi, -8.0), (np.pi, 8.0), (True, False)),
    "MountainCarEnv": Plane(("position", "velocity"), (-1.2, -0.07), (0.6, 0.07)),
    "Continuous_MountainCarEnv": Plane(("position", "velocity"), (-1.2, -0.07), (0.6, 0.07)),
}
"""Environments whose whole state is a plane."""
SLICES: Final = {
    "CartPoleEnv": (
        (2, 3),
        Plane(("pole angle", "pole velocity at tip"), (-0.2095, -3.0), (0.2095, 3.0)),
    ),
    "AcrobotEnv": (
        (0, 2),
        Plane(("first angle", "its velocity"), (-np.pi, -12.57), (np.pi, 12.57), (True, False)),
    ),
}
"""States of more numbers: which two are drawn; the others are 0."""
PLAYED_FOR_RANGES: Final = 3_000
RANGES_S: Final = 1.0
MODEL_S: Final = 60.0
"""A model that would take longer is not made."""
SMALL_GRID: Final = 51
"""Of stochastic and of slow environments."""
BOX_ACTIONS: Final = {1: 15, 2: 5}
"""Values of each number of a continuous action that the reference chooses from."""
MOST_DISCRETE: Final = 64


@dataclass(frozen=True, eq=False)
class World:
    """What a map is drawn over.

    Args:
        plane: the two numbers.
        observations: ``(size, ...)`` what the agent sees at each point.
        actions: what the reference chooses from; empty without a model.
        access: sets states; None where that cannot be done.
        model: the dynamics on the grid; None without.
        components: of the state (or of the observation, without access) that span the plane.
        rest: the other components, with values at the components of no meaning.
        notes: what could not be done, a line each.
        starts: ``(n, 2)`` points in which episodes begin.
    """

    plane: Plane
    observations: npt.NDArray[Any]
    actions: tuple[Any, ...] = ()
    access: Access | None = None
    model: Model | None = None
    components: tuple[int, int] = (0, 1)
    rest: Floats | None = None
    notes: tuple[str, ...] = ()
    starts: Floats | None = None
    probe: Any = None

    def point(self, env: gym.Env[Any, Any], observation: Any) -> Any:
        """Where an environment stands, as two numbers (a number of a state for probes)."""
        if self.probe is not None:
            return (float(self.probe.number(env.unwrapped.state)), 0.0)  # type: ignore[attr-defined]
        if self.access is not None:
            numbers = np.asarray(env.unwrapped.state, np.float64)  # type: ignore[attr-defined]
        else:
            numbers = np.asarray(observation, np.float64).reshape(-1)
        i, j = self.components
        return (float(numbers[i]), float(numbers[j]))


def world_of(
    env: gym.Env[Any, Any],
    *,
    grid: int = 101,
    plane: Plane | None = None,
    components: tuple[int, int] | None = None,
    with_model: bool = True,
) -> World:
    """The world of ``env``, which must be an environment of its own: its state is set.

    Args:
        env: the environment.
        grid: points along each of the two numbers.
        plane: names and ranges, if you know better; its shape counts.
        components: which two numbers of the observation span the plane, where the state cannot be set or
            has more than two.
        with_model: whether the dynamics are wanted.

    Raises:
        PlaneError: pictures, or observations that are no numbers.
    """
    if hasattr(env.unwrapped, "dynamics") and hasattr(env.unwrapped, "mdp"):
        return _world_of_probe(env)
    space = env.observation_space
    if not isinstance(space, spaces.Box):
        raise PlaneError(f"a map needs observations that are a Box of numbers, got {type(space).__name__}")
    if len(space.shape) >= 2 and min(space.shape[:2]) > 4:
        raise PlaneError(
            f"observations of shape {space.shape} are pictures: two of their pixels span no plane. Map an "
            "environment that shows its state, or a wrapper that does"
        )
    kind = type(env.unwrapped).__name__
    try:
        access = Access(env)
    except CannotSetError as error:
        return _of_observations(env, grid, plane, components, str(error))
    size = len(access.read())
    if size == 2 and components in (None, (0, 1)):
        known = plane or KNOWN.get(kind) or _ranges(env, access, grid)
        known = known if plane is not None else replace(known, shape=(grid, grid))
        return _of_states(env, access, known, with_model=with_model)
    if kind in SLICES and plane is None and components is None:
        chosen, known = SLICES[kind]
        return _slice(access, replace(known, shape=(grid, grid)), chosen, size)
    why = f"its state has {size} numbers, a plane has two"
    return _of_observations(env, grid, plane, components, why)


def _world_of_probe(env: gym.Env[Any, Any]) -> World:
    table = env.unwrapped.dynamics.table  # type: ignore[attr-defined]
    states = table.states
    plane = Plane(
        ("state", ""),
        (0.0, 0.0),
        (float(len(states)), 1.0),
        shape=(len(states), 1),
        labels=tuple(map(str, states)),
    )
    looks = np.stack([np.asarray(env.unwrapped.mdp.observe(state)) for state in states])  # type: ignore[attr-defined]
    seen = looks.astype(env.observation_space.dtype or looks.dtype)
    starts = np.stack([np.flatnonzero(table.start), np.zeros(np.count_nonzero(table.start))], axis=1)
    return World(
        plane,
        seen,
        tuple(table.mdp.actions),
        model=model_of_probe(table),
        starts=starts.astype(float),
        probe=table,
    )


def candidates(space: spaces.Space[Any]) -> tuple[Any, ...]:
    """The actions that the reference chooses from; empty where there are too many.

    >>> len(candidates(spaces.Box(-1, 1, (1,)))), len(candidates(spaces.Discrete(3)))
    (15, 3)
    """
    if isinstance(space, spaces.Discrete) and space.n <= MOST_DISCRETE:
        return tuple(int(space.start + i) for i in range(int(space.n)))
    size = int(np.prod(space.shape or ()))
    if isinstance(space, spaces.Box) and space.is_bounded() and size in BOX_ACTIONS:
        count = BOX_ACTIONS[size]
        axes = [np.linspace(a, b, count) for a, b in zip(space.low.ravel(), space.high.ravel(), strict=True)]
        rows = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, size)
        return tuple(row.reshape(space.shape).astype(space.dtype) for row in rows)
    return ()


def _of_states(env: gym.Env[Any, Any], access: Access, plane: Plane, *, with_model: bool) -> World:
    notes: list[str] = []
    actions = candidates(env.action_space)
    if with_model and not actions:
        notes.append(f"no reference: it cannot choose among all actions of {type(env.action_space).__name__}")
    each = _step_seconds(access, plane, actions[0] if actions else RandomActions(env.action_space).draw())
    if access.stochastic and not plane.labels:
        plane = _smaller(plane)
    expected = each * plane.size * len(actions) * (16 if access.stochastic else 1)
    if with_model and actions and expected > MODEL_S:
        smaller = _smaller(plane)
        expected *= smaller.size / plane.size
        if expected > MODEL_S:
            notes.append(
                f"no reference: a step takes {each:.2g} s, all of its grid would take {expected / 60:.0f} min"
            )
            actions = ()
        else:
            plane = smaller
    observations = np.stack([np.asarray(access.observation(point)) for point in plane.points])
    model = model_of_states(access, plane, actions) if with_model and actions else None
    if access.stochastic and model is not None:
        notes.append("it is stochastic: the reference averages 16 samples of each step")
    starts = []
    for seed in range(64):
        env.reset(seed=seed)
        starts.append(access.read())
        if each > 0.05 and seed >= 7:
            break
    return World(plane, observations, actions, access, model, notes=tuple(notes), starts=np.array(starts))


def _step_seconds(access: Access, plane: Plane, action: Any) -> float:
    """Wall time of one step: the shortest of some."""
    took: list[float] = []
    while len(took) < 10 and sum(took) < RANGES_S:
        began = time.perf_counter()
        access.put(plane.points[len(took)])
        access.step(action)
        took.append(time.perf_counter() - began)
    return min(took)


def _smaller(plane: Plane) -> Plane:
    return replace(plane, shape=(min(SMALL_GRID, plane.shape[0]), min(SMALL_GRID, plane.shape[1])))


def _slice(access: Access, plane: Plane, components: tuple[int, int], size: int) -> World:
    """Two numbers of a longer state, the others 0; no reference, because a step leaves the slice."""
    states = np.zeros((plane.size, size))
    states[:, components] = plane.points
    observations = np.stack([np.asarray(access.observation(state)) for state in states])
    note = f"no reference: the state has {size} numbers; this is the slice where the others are 0"
    return World(
        plane, observations, access=access, components=components, rest=np.zeros(size), notes=(note,)
    )


def _of_observations(
    env: gym.Env[Any, Any], grid: int, plane: Plane | None, components: tuple[int, int] | None, why: str
) -> World:
    """Two numbers of the observation, the others at the median of what random play visits."""
    seen = _visited(env)
    if seen.shape[1] < 2:
        raise PlaneError("a plane needs two numbers; the observation has one, and its state cannot be set")
    chosen = components or _lively(seen)
    if max(chosen) >= seen.shape[1] or chosen[0] == chosen[1] or min(chosen) < 0:
        raise PlaneError(f"--axes: expected two different numbers below {seen.shape[1]}, got {chosen}")
    i, j = chosen
    low, high = seen[:, chosen].min(axis=0), seen[:, chosen].max(axis=0)
    room = 0.1 * np.maximum(high - low, 1e-6)
    if plane is None:
        names = (f"observation {i}", f"observation {j}")
        low, high = low - room, high + room
        plane = Plane(names, (low[0], low[1]), (high[0], high[1]), shape=(grid, grid))
    rest = np.median(seen, axis=0)
    rows = np.tile(rest, (plane.size, 1))
    rows[:, chosen] = plane.points
    observations = rows.reshape(-1, *env.observation_space.shape).astype(env.observation_space.dtype)  # type: ignore[misc]
    more = seen.shape[1] - 2
    others = f"; the other {more} stay at their median" if more > 1 else "; the other stays at its median"
    return World(
        plane,
        observations,
        components=(int(i), int(j)),
        rest=rest,
        notes=(f"no reference: {why}. The map spans observation {i} and {j}{others if more else ''}",),
    )


def _lively(seen: Floats) -> tuple[int, int]:
    """The first two components that vary."""
    varied = np.flatnonzero(np.ptp(seen, axis=0) > 1e-9)
    if len(varied) < 2:
        raise PlaneError("a plane needs two numbers that vary; random play sees fewer in the observation")
    return int(varied[0]), int(varied[1])


def _visited(env: gym.Env[Any, Any]) -> Floats:
    """Observations of random play, ``(n, size)``."""
    actions, until = RandomActions(env.action_space), time.perf_counter() + RANGES_S
    rows: list[Floats] = []
    observation, _ = env.reset(seed=2)
    while len(rows) < PLAYED_FOR_RANGES and (time.perf_counter() < until or len(rows) < 3):
        rows.append(np.asarray(observation, np.float64).reshape(-1).copy())
        observation, _, terminated, truncated, _ = env.step(actions.draw())
        if terminated or truncated:
            observation, _ = env.reset()
    return np.array(rows)


def _ranges(env: gym.Env[Any, Any], access: Access, grid: int) -> Plane:
    """A plane for a state of two numbers: its declared bounds, else what random play meets."""
    space = env.observation_space
    assert isinstance(space, spaces.Box)
    actions, until = RandomActions(env.action_space), time.perf_counter() + RANGES_S
    rows: list[Floats] = []
    same = space.shape == (2,)
    observation, _ = env.reset(seed=2)
    while len(rows) < PLAYED_FOR_RANGES and (time.perf_counter() < until or len(rows) < 3):
        rows.append(access.read())
        same = same and np.allclose(rows[-1], observation, atol=1e-4)
        observation, _, terminated, truncated, _ = env.step(actions.draw())
        if terminated or truncated:
            observation, _ = env.reset()
    seen = np.array(rows)
    low, high = seen.min(axis=0), seen.max(axis=0)
    room = 0.25 * np.maximum(high - low, 1e-6)
    low, high = low - room, high + room
    if same:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            declared = np.isfinite(space.low) & np.isfinite(space.high) & (space.high - space.low < 1e4)
        low, high = np.where(declared, space.low, low), np.where(declared, space.high, high)
    return Plane(("state 0", "state 1"), (low[0], low[1]), (high[0], high[1]), shape=(grid, grid))
