"""How the numbered observations of a probe look in the observation space that the script expects."""

from __future__ import annotations

import contextlib
import copy
from itertools import combinations
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from gymnasium import spaces

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import gymnasium as gym
    from numpy.typing import NDArray

INNER_SHARE, OUTER_SHARE, UNBOUNDED_ABOVE = 0.7, 0.9, 1e6
"""The share of the bounds within which observations are spread; bounds above this are none."""
WIDE_ENOUGH = 6
"""Components from which on a picture of rows is taken for a vector that was reshaped."""
_MET: WeakKeyDictionary[gym.Env[Any, Any], list[Any]] = WeakKeyDictionary()
_INFOS: WeakKeyDictionary[gym.Env[Any, Any], dict[str, Any]] = WeakKeyDictionary()
"""What ``met_in`` and ``infos_of`` have found: scripts build many copies of one environment."""
MET_IN_STEPS = 400
"""Steps of random play in the environment of a script."""


class LookError(ValueError):
    """The space has no room for the observations of the probe; the message says why."""


def looks_in(
    space: spaces.Space[Any], raw: list[NDArray[Any]], *, inside: bool = False, met: Sequence[Any] = ()
) -> list[Any]:
    """One member of ``space`` for each observation of a probe, all of them different.

    Args:
        space: the observation space of the environment that the script asked for.
        raw: the observations as the probe shows them; kept where they fit into ``space``.
        inside: whether to spread numbers over the bounds of ``space``, for scripts that put them into bins.
        met: observations that occur in the environment itself, taken where ``space`` is no ``Box``: a script
            may know no others.

    Raises:
        LookError: the space has too few members, or is of a kind that is not known.

    >>> looks_in(spaces.Discrete(16), [np.zeros(1), np.ones(1)])
    [np.int64(0), np.int64(1)]
    """
    if isinstance(space, spaces.Box):
        if inside and len(space.shape) == 1 and space.dtype.kind == "f":
            return list(_spread(space, len(raw)))
        return list(_boxed(space, raw))
    if len(met) >= len(raw):
        return list(met[: len(raw)])
    return [_coded(space, number, len(raw)) for number in range(len(raw))]


def met_in(env: gym.Env[Any, Any]) -> list[Any]:
    """The different observations that random play meets before episodes end, in order; empty for a ``Box``.

    ``env`` itself is not stepped, and its copy shows nothing. The answer for an environment is kept.
    """
    if _radices(env.observation_space) is None:
        return []
    if env not in _MET:
        _MET[env] = _played(env)
    return _MET[env]


def _played(env: gym.Env[Any, Any]) -> list[Any]:
    found: dict[bytes, Any] = {}
    with contextlib.suppress(Exception):  # whatever the environment of a script raises
        env = copy.deepcopy(env)
        env.unwrapped.render_mode = None
        env.action_space.seed(0)
        observation, ended = env.reset(seed=0)[0], False
        for _ in range(MET_IN_STEPS):
            if ended:
                observation, ended = env.reset()[0], False
            found.setdefault(np.asarray(observation).tobytes(), copy.deepcopy(observation))
            observation, _, terminated, truncated, _ = env.step(env.action_space.sample())
            ended = bool(terminated or truncated)
    return list(found.values())


class Info(dict[str, Any]):
    """An ``info`` of the probe; keys that only the script's own environment has are read from there.

    A mask lets everything pass.

    Args:
        known: what is there at any rate.
        others: what the environment of the script says after a reset and a step.
    """

    def __init__(self, known: Mapping[str, Any], others: Mapping[str, Any]) -> None:
        super().__init__(known)
        self.others = others

    def __missing__(self, key: str) -> Any:
        found = self.others[key]
        return np.ones_like(found) if "mask" in key else copy.deepcopy(found)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


def infos_of(env: gym.Env[Any, Any]) -> dict[str, Any]:
    """What the ``info`` of an environment holds after a reset and a step of its copy; kept."""
    if env not in _INFOS:
        found = _INFOS[env] = dict[str, Any]()
        with contextlib.suppress(Exception):  # whatever the environment of a script raises
            one = copy.deepcopy(env)
            one.unwrapped.render_mode = None
            found |= one.reset(seed=0)[1]
            found |= one.step(one.action_space.sample())[-1] | found
    return _INFOS[env]


def _coded(space: spaces.Space[Any], number: int, count: int) -> Any:
    if isinstance(space, spaces.Box):
        blank = [np.full(space.shape, np.nan)] * count
        return _boxed(space, blank)[number]
    if isinstance(space, spaces.Dict):
        return {key: _coded(part, number, count) for key, part in space.spaces.items()}
    radices = _radices(space)
    if radices is None:
        raise LookError(f"observations of {space} cannot be imitated; expected Box, Discrete, Tuple or Dict")
    digits = _digits(number, count, radices, space)
    if isinstance(space, spaces.Discrete):
        return np.int64(int(space.start) + digits[0])
    if isinstance(space, spaces.Tuple):
        first = [int(getattr(part, "start", 0)) for part in space.spaces]
        return tuple(start + digit for start, digit in zip(first, digits, strict=True))
    return np.array(digits).reshape(space.shape or (-1,)).astype(space.dtype)


def _radices(space: spaces.Space[Any]) -> list[int] | None:
    if isinstance(space, spaces.Discrete):
        return [int(space.n)]
    if isinstance(space, spaces.MultiDiscrete):
        return [int(n) for n in np.ravel(space.nvec)]
    if isinstance(space, spaces.MultiBinary):
        return [2] * int(np.prod(space.shape or (1,)))
    if isinstance(space, spaces.Tuple) and all(isinstance(p, spaces.Discrete) for p in space.spaces):
        return [int(part.n) for part in space.spaces]  # type: ignore[attr-defined]  # checked just now
    return None


def _digits(number: int, count: int, radices: list[int], space: Any) -> list[int]:
    if int(np.prod(np.array(radices, dtype=object))) < count:
        raise LookError(f"{space} has fewer members than the {count} observations of the probe")
    digits = []
    for radix in radices:
        digits.append(number % radix)
        number //= radix
    return digits


def _boxed(space: spaces.Box, raw: list[NDArray[Any]]) -> NDArray[Any]:
    """``(k, *shape)``: a picture of one bright bar, or a row of numbers about as large as 1."""
    if len(space.shape) > 1 and (space.dtype == np.uint8 or int(np.prod(space.shape)) >= 64 * WIDE_ENOUGH):
        return np.stack([_picture(space, i, len(raw)) for i in range(len(raw))])
    size = int(np.prod(space.shape))
    flat = [np.asarray(view, np.float64).reshape(-1) for view in raw]
    fits = all(view.size <= size and np.isfinite(view).all() for view in flat)
    positive = bool((space.low >= 0).all())
    if fits and not (positive and any((view < 0).any() for view in flat)) and space.dtype.kind == "f":
        rows = np.stack([np.pad(view, (0, size - view.size)) for view in flat])
    else:
        rows = _points(len(raw), size, positive=positive)
    if space.dtype.kind in "iu":
        rows = np.rint(np.clip(rows * np.minimum(space.high.reshape(-1), 200), 0, None))
    return rows.reshape(len(raw), *space.shape).astype(space.dtype)


def _spread(space: spaces.Box, count: int) -> NDArray[Any]:
    """``(count, size)`` points of a grid that lies well within the bounds, as coarse as it can be."""
    size = int(space.shape[0])
    levels = next(n for n in range(2, count + 2) if n**size >= count)
    shares = np.linspace(-INNER_SHARE, INNER_SHARE, levels)
    digits = np.arange(count)[:, None] // levels ** np.minimum(np.arange(size), 40) % levels
    return _between(space, shares[digits])


def in_pairs(space: spaces.Space[Any], count: int) -> list[Any]:
    """As many observations, all different in any two components next to each other; empty for other spaces.

    A script may put some components into one bin only, or into three.

    >>> in_pairs(spaces.Box(-1, 1, (4,)), 3)[1].round(1)
    array([ 0.9, -0.9,  0.9, -0.9], dtype=float32)
    """
    if not isinstance(space, spaces.Box) or len(space.shape) != 1 or space.dtype.kind != "f":
        return []
    size, number = int(space.shape[0]), np.arange(count)
    levels = count if size == 1 else int(np.ceil(np.sqrt(count)))
    digits = np.stack([number % levels if i % 2 == 0 else number // levels for i in range(size)], axis=1)
    return list(_between(space, np.linspace(-OUTER_SHARE, OUTER_SHARE, levels)[digits]))


def _between(space: spaces.Box, shares: NDArray[np.float64]) -> NDArray[Any]:
    """Points at ``shares``, -1 to 1, between the bounds of a space, or about 0 where it has none."""
    bounded = np.isfinite(space.low) & np.isfinite(space.high) & (space.high < UNBOUNDED_ABOVE)
    low, high = np.where(bounded, space.low, -2.0), np.where(bounded, space.high, 2.0)
    return np.asarray((low + high) / 2 + shares * (high - low) / 2, space.dtype)


def _points(count: int, size: int, *, positive: bool) -> NDArray[np.float64]:
    """``(count, size)`` points that are far apart: unit vectors, their opposites, then sums of them."""
    if size == 1:
        return np.linspace(0.0 if positive else -1.0, 1.0, count)[:, None]
    units = list(np.eye(size))
    points = units if positive else [*units, *(-unit for unit in units)]
    signs = (1.0,) if positive else (1.0, -1.0)
    for a, b in combinations(range(size), 2):
        points += [s * units[a] + t * units[b] for s in signs for t in signs]
    if positive:
        points += [np.zeros(size), *(0.5 * p for p in list(points))]
    if len(points) < count:
        angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
        circle = np.zeros((count, size))
        circle[:, 0], circle[:, 1] = np.cos(angles), np.sin(angles)
        points = list(0.5 + 0.5 * circle if positive else circle)
    return np.array(points[:count])


def _picture(space: spaces.Box, number: int, count: int) -> NDArray[Any]:
    """A bright bar at the place of ``number``, as high as the picture, on grey."""
    shape = space.shape
    channels_first = len(shape) == 3 and shape[0] <= 4 < shape[-1]
    width = shape[-2] if len(shape) == 3 and not channels_first else shape[-1]
    bright = np.minimum(space.high.max(), 255.0)
    picture = np.zeros(shape)
    begin, end = (round(width * edge / count) for edge in (number, number + 1))
    bar = slice(begin, max(end, begin + 1))
    if len(shape) == 3 and not channels_first:
        picture[:, bar, :] = bright
    else:
        picture[..., bar] = bright
    return picture.astype(space.dtype)
