"""A map without a state: two numbers of the observation, the others at their median."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.maps.world.parts import Parts, parts_in
from rlprobe.maps.world.plane import Plane, PlaneError
from rlprobe.maps.world.random_play import PLAYED_STEPS, observations_of_random_play
from rlprobe.maps.world.world import World

if TYPE_CHECKING:
    import gymnasium as gym
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

MOST_NUMBERS: Final = 20_000_000
"""Of the observations that random play keeps."""


def world_of_observations(
    env: gym.Env[Any, Any], grid: int, plane: Plane | None, components: tuple[int, int] | None, why: str
) -> World:
    """The world over two numbers of the observation.

    Args:
        env: the environment.
        grid: points along each number.
        plane: names and ranges, if known better.
        components: which two; by default the first two that vary.
        why: why there is no reference.

    Raises:
        PlaneError: there are no two such numbers.
    """
    parts = parts_in(env)
    seen = _visited(env, parts)
    chosen = components or _lively(seen, parts)
    if max(chosen) >= seen.shape[1] or chosen[0] == chosen[1] or min(chosen) < 0:
        listed = ", ".join(f"{number}: {name}" for number, name in enumerate(parts.names[:12]))
        more = ", ..." if len(parts.names) > 12 else ""
        raise PlaneError(f"--axes: expected two different numbers of {listed}{more}; got {chosen}")
    i, j = chosen
    low, high = seen[:, chosen].min(axis=0), seen[:, chosen].max(axis=0)
    room = 0.1 * np.maximum(high - low, 1e-6)
    names = parts.names[i], parts.names[j]
    if plane is None:
        low, high = low - room, high + room
        plane = Plane(names, (low[0], low[1]), (high[0], high[1]), shape=(grid, grid))
    rest = np.median(seen, axis=0)
    rows = np.tile(rest, (plane.size, 1))
    rows[:, chosen] = plane.points
    more = seen.shape[1] - 2
    others = f"; the other {more} stay at their median" if more > 1 else "; the other stays at its median"
    others += " (--axes picks others)"
    return World(
        plane,
        parts.batch(rows),
        components=(int(i), int(j)),
        parts=parts,
        notes=(f"no exact answer: {why}. The map spans {names[0]} and {names[1]}{others if more else ''}",),
    )


def _lively(seen: Floats, parts: Parts) -> tuple[int, int]:
    """The first two components that vary."""
    varied = np.flatnonzero((np.ptp(seen, axis=0) > 1e-9) & parts.drawable)
    if len(varied) < 2:
        raise PlaneError("a plane needs two numbers that vary; random play sees fewer in the observation")
    return int(varied[0]), int(varied[1])


def _visited(env: gym.Env[Any, Any], parts: Parts) -> Floats:
    """Observations of random play, ``(n, size)``."""
    most = min(PLAYED_STEPS, MOST_NUMBERS // len(parts.names))
    seen = np.array([parts.numbers(one) for one in observations_of_random_play(env, most)])
    finite = np.isfinite(seen).all(axis=1)
    if not finite.any():
        raise PlaneError("a map needs finite observations; random play sees NaN or infinity only")
    return np.asarray(seen[finite])
