"""Find the world of an environment: a probe, a state that can be set, or its observations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.maps.world.access import Access, CannotSetError
from rlprobe.maps.world.model import model_of_probe
from rlprobe.maps.world.observed import world_of_observations
from rlprobe.maps.world.parts import parts_in
from rlprobe.maps.world.plane import Plane
from rlprobe.maps.world.states import ranges, slice_of_states, world_of_states
from rlprobe.maps.world.world import World

if TYPE_CHECKING:
    import gymnasium as gym

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
    parts = parts_in(env)
    kind = type(env.unwrapped).__name__
    try:
        access = Access(env, parts)
    except CannotSetError as error:
        return world_of_observations(env, grid, plane, components, str(error))
    size = len(access.read())
    if size == 2 and components in (None, (0, 1)):
        known = plane or KNOWN.get(kind) or ranges(env, access, grid)
        known = known if plane is not None else replace(known, shape=(grid, grid))
        return world_of_states(env, access, known, with_model=with_model)
    if kind in SLICES and plane is None and components is None:
        chosen, known = SLICES[kind]
        return slice_of_states(access, replace(known, shape=(grid, grid)), chosen, size)
    why = f"its state has {size} numbers, a plane has two"
    return world_of_observations(env, grid, plane, components, why)


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
