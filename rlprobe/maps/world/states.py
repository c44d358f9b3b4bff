"""A map over states that can be set: all of a state of two numbers, or a slice of a longer one."""

from __future__ import annotations

import time
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from gymnasium import spaces

from rlprobe.environments.random_policy import RandomActions
from rlprobe.maps.world.model import model_of_states
from rlprobe.maps.world.plane import Plane
from rlprobe.maps.world.random_play import observations_of_random_play
from rlprobe.maps.world.world import World

if TYPE_CHECKING:
    import gymnasium as gym
    import numpy.typing as npt

    from rlprobe.maps.world.access import Access

    Floats = npt.NDArray[np.float64]

TIMED_S: Final = 1.0
MODEL_S: Final = 60.0
"""A model that would take longer is not made."""
SMALL_GRID: Final = 51
"""Of stochastic and of slow environments."""
BOX_ACTIONS: Final = {1: 15, 2: 5}
"""Values of each number of a continuous action that the reference chooses from."""
MOST_DISCRETE: Final = 64


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


def world_of_states(env: gym.Env[Any, Any], access: Access, plane: Plane, *, with_model: bool) -> World:
    """The world whose points are states, with its dynamics where they can be had in time."""
    notes: list[str] = []
    actions = candidates(env.action_space)
    if with_model and not actions:
        notes.append(
            f"no exact answer: it cannot choose among all actions of {type(env.action_space).__name__}"
        )
    each = _step_seconds(access, plane, actions[0] if actions else RandomActions(env.action_space).draw())
    if access.stochastic and not plane.labels:
        plane = _smaller(plane)
    expected = each * plane.size * len(actions) * (16 if access.stochastic else 1)
    if with_model and actions and expected > MODEL_S:
        smaller = _smaller(plane)
        expected *= smaller.size / plane.size
        if expected > MODEL_S:
            notes.append(
                f"no exact answer: a step takes {each:.2g} s, the whole grid {expected / 60:.0f} min"
            )
            actions = ()
        else:
            plane = smaller
    observations = access.observations(plane.points)
    model = model_of_states(access, plane, actions) if with_model and actions else None
    if access.stochastic and model is not None:
        notes.append("it is stochastic: the reference averages 16 samples of each step")
    starts = []
    for seed in range(64):
        observation, _ = env.reset(seed=seed)
        starts.append(access.read_in(env.unwrapped, observation))
        if each > 0.05 and seed >= 7:
            break
    return World(plane, observations, actions, access, model, notes=tuple(notes), starts=np.array(starts))


def _step_seconds(access: Access, plane: Plane, action: Any) -> float:
    """Wall time of one step: the shortest of some."""
    took: list[float] = []
    while len(took) < 10 and sum(took) < TIMED_S:
        began = time.perf_counter()
        access.put(plane.points[len(took)])
        access.step(action)
        took.append(time.perf_counter() - began)
    return min(took)


def _smaller(plane: Plane) -> Plane:
    return replace(plane, shape=(min(SMALL_GRID, plane.shape[0]), min(SMALL_GRID, plane.shape[1])))


def slice_of_states(access: Access, plane: Plane, components: tuple[int, int], size: int) -> World:
    """Two numbers of a longer state, the others 0; no reference, because a step leaves the slice."""
    states = np.zeros((plane.size, size))
    states[:, components] = plane.points
    observations = access.observations(states)
    note = f"no exact answer: the state has {size} numbers; this is the slice where the others are 0"
    return World(
        plane, observations, access=access, components=components, rest=np.zeros(size), notes=(note,)
    )


def ranges(env: gym.Env[Any, Any], access: Access, grid: int) -> Plane:
    """A plane for a state of two numbers: its declared bounds, else what random play meets."""
    space = env.observation_space
    rows: list[Floats] = []
    same = isinstance(space, spaces.Box) and space.shape == (2,)
    for observation in observations_of_random_play(env):
        rows.append(access.read_in(env.unwrapped, observation))
        same = same and np.allclose(rows[-1], observation, atol=1e-4)
    seen = np.array(rows)
    low, high = seen.min(axis=0), seen.max(axis=0)
    room = 0.25 * np.maximum(high - low, 1e-6)
    low, high = low - room, high + room
    if same and isinstance(space, spaces.Box):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            declared = np.isfinite(space.low) & np.isfinite(space.high) & (space.high - space.low < 1e4)
        low, high = np.where(declared, space.low, low), np.where(declared, space.high, high)
    return Plane(("state 0", "state 1"), (low[0], low[1]), (high[0], high[1]), shape=(grid, grid))
