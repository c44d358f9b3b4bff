"""Any observation as one row of numbers, with a name for each, and the pictures apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from gymnasium import spaces

from rlprobe.environments.pictures import Shown, shown
from rlprobe.wrappers.leaves import is_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import gymnasium as gym
    import numpy.typing as npt

    Write = Callable[[npt.NDArray[np.float64], int, Any], None]
    Drifted = Callable[["Part", Any], None]

Kind = Literal["number", "byte", "id", "flag"]
SMALLEST_GRID: Final = 5
LISTS: Final = frozenset({list, tuple})
LARGEST_VECTOR: Final = 4096
"""Arrays of more elements are treated as pictures: per channel and per pixel."""


class WrongShapeError(ValueError):
    """An observation has another shape than its space declares."""


@dataclass(frozen=True)
class Part:
    """One leaf of the observation space and where it stands in the row.

    Args:
        path: keys and positions that lead to it.
        shape: of one observation of it.
        start: first column; -1 for pictures.
        size: number of columns.
        picture: what a picture shows and how it lies; None for what is none.
        dtype: that the space declares; None where any whole number will do.
        bounds: the least lower and the largest upper bound.
    """

    path: tuple[Any, ...]
    shape: tuple[int, ...]
    start: int
    size: int
    picture: Shown | None = None
    dtype: np.dtype[Any] | None = None
    bounds: tuple[float, float] = (-np.inf, np.inf)

    @property
    def label(self) -> str:
        """The path as text; ``observation`` for a plain one."""
        return "/".join(map(str, self.path)) or "observation"

    def of(self, observation: Any) -> Any:
        """This leaf of ``observation``.

        Raises:
            WrongShapeError: there is none.
        """
        for key in self.path:
            try:
                observation = observation[key]
            except (KeyError, IndexError, TypeError):
                keys = sorted(map(str, observation)) if isinstance(observation, dict) else []
                got = f"only {keys}" if keys else "none"
                raise WrongShapeError(
                    f"the space declares {self.label!r}, the observation has {got}"
                ) from None
        return observation


@dataclass(frozen=True)
class Columns:
    """How the observations of a space are laid out in a row.

    Args:
        parts: leaves that are numbers, ids or flags.
        pictures: leaves that are pictures.
        left_out: label and kind of leaves that cannot be looked at (text, graphs, own spaces).
        names: of the columns.
        kinds: of the columns.
        low: declared lower bound of each column.
        high: declared upper bound of each column.
    """

    parts: tuple[Part, ...]
    pictures: tuple[Part, ...]
    left_out: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    low: npt.NDArray[np.float64]
    high: npt.NDArray[np.float64]

    @property
    def size(self) -> int:
        """Number of columns."""
        return len(self.names)

    def writer(self, drifted: Drifted | None = None) -> Write:
        """A function ``(rows, i, observation)`` that writes the numbers into row ``i`` and checks shapes.

        Args:
            drifted: called with a leaf and its value where that has not the declared dtype.
        """
        told = drifted or (lambda *_: None)
        if len(self.parts) == 1 and not self.parts[0].path and self.parts[0].shape and not self.pictures:
            return _write_plain(self.parts[0], told)
        parts = [*self.parts, *self.pictures]

        def write(rows: npt.NDArray[np.float64], i: int, observation: Any) -> None:
            for part in parts:
                given = part.of(observation)
                value = np.asarray(given)
                if part.dtype is not None and (value.dtype != part.dtype or type(given) in LISTS):
                    told(part, given)
                if value.shape != part.shape:
                    raise _wrong_shape(part, value)
                if part.start >= 0:
                    rows[i, part.start : part.start + part.size] = value.reshape(-1)

        return write


def _write_plain(part: Part, drifted: Drifted) -> Write:
    shape, flat, dtype = part.shape, len(part.shape) == 1, part.dtype

    def write(rows: npt.NDArray[np.float64], i: int, observation: Any) -> None:
        if type(observation) is not np.ndarray:
            drifted(part, observation)
            observation = np.asarray(observation)
        elif observation.dtype != dtype:
            drifted(part, observation)
        if observation.shape != shape:
            raise _wrong_shape(part, observation)
        rows[i] = observation if flat else observation.reshape(-1)

    return write


def _wrong_shape(part: Part, value: npt.NDArray[Any]) -> WrongShapeError:
    return WrongShapeError(
        f"{part.label} has shape {value.shape}, but the observation space declares {part.shape}"
    )


def columns_of(env: gym.Env[Any, Any]) -> Columns:
    """The layout of the observations of ``env``; names come from ``env.unwrapped.observation_names``."""
    parts: list[Part] = []
    pictures: list[Part] = []
    left_out: list[str] = []
    kinds: list[Kind] = []
    bounds: list[tuple[npt.NDArray[Any], npt.NDArray[Any]]] = []
    for path, space in _leaves(env.observation_space):
        if isinstance(space, spaces.Box) and (_is_grid(space) or np.prod(space.shape) > LARGEST_VECTOR):
            what = shown(space) if is_image(space) or len(space.shape) < 2 else shown(space, kind="planes")
            ends = float(np.min(space.low)), float(np.max(space.high))
            size = int(np.prod(space.shape))
            pictures.append(Part(path, space.shape, -1, size, what, space.dtype, ends))
            continue
        described = _numbers(space)
        if described is None or described[1].size == 0:
            left_out.append(f"{'/'.join(map(str, path)) or 'observation'} ({type(space).__name__})")
            continue
        kind, low, high = described
        dtype = None if isinstance(space, spaces.Discrete) else space.dtype
        parts.append(Part(path, low.shape, len(kinds), low.size, None, dtype))
        kinds += [kind] * low.size
        bounds.append((low.reshape(-1), high.reshape(-1)))
    given = getattr(env.unwrapped, "observation_names", None)
    return Columns(
        tuple(parts),
        tuple(pictures),
        tuple(left_out),
        tuple(_names(parts, given)),
        tuple(kinds),
        np.concatenate([np.zeros(0), *(low for low, _ in bounds)]).astype(np.float64),
        np.concatenate([np.zeros(0), *(high for _, high in bounds)]).astype(np.float64),
    )


def _is_grid(space: spaces.Box) -> bool:
    """Whether ``space`` holds pictures, planes or grids: bytes, or whole numbers in two axes or more."""
    whole = space.dtype is not None and space.dtype.kind in "ui" and len(space.shape) >= 2
    return is_image(space) or (whole and (len(space.shape) > 2 or min(space.shape) >= SMALLEST_GRID))


def _leaves(
    space: spaces.Space[Any], path: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], spaces.Space[Any]]]:
    if isinstance(space, spaces.Dict):
        for key, child in space.spaces.items():
            yield from _leaves(child, (*path, key))
    elif isinstance(space, spaces.Tuple):
        for position, child in enumerate(space.spaces):
            yield from _leaves(child, (*path, position))
    else:
        yield path, space


def _numbers(space: spaces.Space[Any]) -> tuple[Kind, npt.NDArray[Any], npt.NDArray[Any]] | None:
    """Kind, lower and upper bounds of the numbers in ``space``; None where it has none."""
    if isinstance(space, spaces.Box):
        kind: Kind = "flag" if space.dtype == np.bool_ else "byte" if space.dtype == np.uint8 else "number"
        return kind, np.asarray(space.low, dtype=np.float64), np.asarray(space.high, dtype=np.float64)
    if isinstance(space, spaces.Discrete):
        return "id", np.array(float(space.start)), np.array(float(space.start + space.n - 1))
    if isinstance(space, spaces.MultiDiscrete):
        start = np.asarray(space.start, dtype=np.float64)
        return "id", start, start + np.asarray(space.nvec, dtype=np.float64) - 1
    if isinstance(space, spaces.MultiBinary):
        return "flag", np.zeros(space.shape), np.ones(space.shape)
    return None


def _names(parts: list[Part], given: Any) -> list[str]:
    total = sum(part.size for part in parts)
    if len(parts) == 1 and isinstance(given, (list, tuple)) and len(given) == total:
        return [str(name) for name in given]
    names = []
    for part in parts:
        prefix = part.label
        indices = np.ndindex(*part.shape) if part.shape else iter([()])
        names += [f"{prefix}[{', '.join(map(str, i))}]" if i else prefix for i in indices]
    return names
