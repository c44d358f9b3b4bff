"""The numbers in an observation of any kind: their names, and observations made of them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

from rlprobe.environments.names import component_names
from rlprobe.maps.world.plane import PlaneError

if TYPE_CHECKING:
    import gymnasium as gym
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

Path = tuple[Any, ...]
LEAST_PICTURE_SIDE = 5


@dataclass(frozen=True, eq=False)
class Parts:
    """The leaves of an observation space, one behind the other.

    Args:
        space: the space.
        leaves: path and space of each leaf.
        names: of each number.
        drawable: ``(n,)`` which numbers may span a plane: no pixels.

    >>> space = spaces.Dict({"at": spaces.Box(-1, 1, (2,)), "key": spaces.Discrete(3)})
    >>> parts = parts_of(space)
    >>> parts.names, parts.numbers({"at": np.array([0.5, 0.0]), "key": 2}).tolist()
    (('at[0]', 'at[1]', 'key'), [0.5, 0.0, 2.0])
    >>> parts.batch(np.array([[0.1, 0.2, 1.4]]))["key"]
    array([1])
    """

    space: spaces.Space[Any]
    leaves: tuple[tuple[Path, spaces.Space[Any]], ...]
    names: tuple[str, ...]
    drawable: npt.NDArray[np.bool_]

    def numbers(self, observation: Any) -> Floats:
        """One observation as numbers."""
        found = []
        for path, _ in self.leaves:
            leaf = observation
            for key in path:
                leaf = leaf[key]
            found.append(np.asarray(leaf, np.float64).reshape(-1))
        return np.concatenate(found)

    def batch(self, rows: Floats) -> Any:
        """Observations that consist of these numbers, as a batch."""
        cuts = np.cumsum([_size(leaf) for _, leaf in self.leaves])[:-1]
        parts = {
            path: part for (path, _), part in zip(self.leaves, np.split(rows, cuts, axis=1), strict=True)
        }
        return _nested(self.space, parts, ())


def parts_of(space: spaces.Space[Any], names: Any = None) -> Parts:
    """The parts of a space.

    Args:
        space: Box, Discrete, MultiDiscrete, MultiBinary, or a Dict or Tuple of these.
        names: of the numbers of a Box, if they are known.

    Raises:
        PlaneError: another kind of space, or nothing but pictures.
    """
    leaves = tuple(_leaves(space, ()))
    labels: list[str] = []
    drawable: list[bool] = []
    for path, leaf in leaves:
        size = _size(leaf)
        stem = ".".join(map(str, path)) or "observation"
        labels += [f"{stem}[{i}]" if path else f"{stem} {i}" for i in range(size)] if size > 1 else [stem]
        drawable += [not _is_picture(leaf)] * size
    if isinstance(names, (list, tuple)) and len(names) == len(labels):
        labels = list(map(str, names))
    if not any(drawable):
        shape = leaves[0][1].shape if leaves else ()
        raise PlaneError(
            f"observations of shape {shape} are pictures: two of their pixels span no plane. Map an "
            "environment that shows its state, or a wrapper that does"
        )
    return Parts(space, leaves, tuple(labels), np.array(drawable))


def parts_in(env: gym.Env[Any, Any]) -> Parts:
    """The parts of the observations of an environment, with the names that it gives them."""
    return parts_of(env.observation_space, component_names(env))


def _leaves(
    space: spaces.Space[Any], path: tuple[Any, ...]
) -> list[tuple[tuple[Any, ...], spaces.Space[Any]]]:
    if isinstance(space, spaces.Dict):
        return [one for key, part in space.spaces.items() for one in _leaves(part, (*path, key))]
    if isinstance(space, spaces.Tuple):
        return [one for key, part in enumerate(space.spaces) for one in _leaves(part, (*path, key))]
    if isinstance(space, (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)):
        return [(path, space)]
    raise PlaneError(f"a map needs observations that are numbers, got {type(space).__name__}")


def _size(leaf: spaces.Space[Any]) -> int:
    return int(np.prod(leaf.shape or (1,)))


def _is_picture(leaf: spaces.Space[Any]) -> bool:
    return len(leaf.shape or ()) >= 2 and sorted(leaf.shape or ())[-2] >= LEAST_PICTURE_SIDE


def _nested(space: spaces.Space[Any], parts: dict[Path, Floats], path: Path) -> Any:
    if isinstance(space, spaces.Dict):
        return {key: _nested(part, parts, (*path, key)) for key, part in space.spaces.items()}
    if isinstance(space, spaces.Tuple):
        return tuple(_nested(part, parts, (*path, key)) for key, part in enumerate(space.spaces))
    rows = parts[path]
    if isinstance(space, spaces.Box):
        if space.dtype is not None and space.dtype.kind in "iu":
            rows = np.rint(np.clip(rows, space.low.reshape(-1), space.high.reshape(-1)))
        return rows.reshape(-1, *space.shape).astype(space.dtype)
    low, high = _whole_range(space)
    whole = np.clip(np.rint(rows), low, high).astype(np.int64)
    return whole[:, 0] if isinstance(space, spaces.Discrete) else whole.reshape(-1, *(space.shape or ()))


def _whole_range(space: spaces.Space[Any]) -> tuple[Any, Any]:
    """The least and the largest members of a space of whole numbers."""
    if isinstance(space, spaces.Discrete):
        return space.start, space.start + space.n - 1
    if isinstance(space, spaces.MultiDiscrete):
        return space.start.reshape(-1), (space.start + space.nvec - 1).reshape(-1)
    return 0, 1
