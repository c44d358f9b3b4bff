"""The uniform random policy: actions are drawn in batches, and a seed repeats them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces

if TYPE_CHECKING:
    import numpy.typing as npt

BATCH = 512
ROUNDS = 64


def episode_seeds(seed: int, number: int) -> tuple[int, int]:
    """The seeds of the environment and of the actions in episode ``number`` of the series ``seed``."""
    words = np.random.SeedSequence([seed, number]).generate_state(2)
    return int(words[0] >> 1), int(words[1] >> 1)


class RandomActions:
    """The uniform random policy of an action space.

    Bounded boxes and discrete actions are drawn in batches, which costs less than a step of any
    environment. Every other space is sampled by its own ``sample``. After ``restart(seed)`` the actions are
    always the same.

    >>> actions = RandomActions(spaces.Discrete(4))
    >>> actions.restart(7)
    >>> first = [actions.draw() for _ in range(3)]
    >>> actions.restart(7)
    >>> first == [actions.draw() for _ in range(3)]
    True
    """

    def __init__(self, space: spaces.Space[Any]) -> None:
        self.space = space
        self._batched = is_batched(space)
        self._ready: list[Any] = []
        self.restart(0)

    def restart(self, seed: int) -> None:
        """Start the sequence of ``seed``."""
        self._random = np.random.default_rng([seed, 20_160])
        self._ready = []
        if not self._batched:
            self.space.seed(seed)

    def draw(self) -> Any:
        """The next action."""
        if not self._batched:
            return self.space.sample()
        if not self._ready:
            self._ready = self._batch()[::-1]
        return self._ready.pop()

    def _batch(self) -> list[Any]:
        return list(_uniform(self.space, self._random, (BATCH,)))


class VectorActions:
    """The uniform random policy for several copies of an environment.

    Args:
        space: of one copy; discrete, or a bounded box of floats.
        copies: number of environments.

    Raises:
        ValueError: another space.

    >>> actions = VectorActions(spaces.Discrete(4), 3)
    >>> actions.restart(7)
    >>> actions.draw().shape
    (3,)
    """

    def __init__(self, space: spaces.Space[Any], copies: int) -> None:
        if not is_batched(space):
            raise ValueError(f"expected a discrete space or a bounded box of floats, got {space}")
        self.space, self.copies = space, copies
        self._ready: list[Any] = []
        self.restart(0)

    def restart(self, seed: int) -> None:
        """Start the sequence of ``seed``."""
        self._random = np.random.default_rng([seed, 20_161])
        self._ready = []

    def draw(self) -> npt.NDArray[Any]:
        """The next actions, one per copy."""
        if not self._ready:
            self._ready = list(_uniform(self.space, self._random, (ROUNDS, self.copies)))[::-1]
        actions: npt.NDArray[Any] = self._ready.pop()
        return actions


def _uniform(
    space: spaces.Space[Any], random: np.random.Generator, count: tuple[int, ...]
) -> npt.NDArray[Any]:
    """So many actions of a batched space."""
    if isinstance(space, spaces.Discrete):
        return random.integers(space.start, space.start + space.n, count).astype(space.dtype)
    assert isinstance(space, spaces.Box)
    values = random.uniform(space.low, space.high, (*count, *space.shape)).astype(space.dtype)
    return np.asarray(np.clip(values, space.low, space.high))


def is_batched(space: spaces.Space[Any]) -> bool:
    """Whether many actions of this space can be drawn at once."""
    if isinstance(space, spaces.Discrete):
        return True
    if not isinstance(space, spaces.Box) or not np.issubdtype(space.dtype, np.floating):
        return False
    with np.errstate(over="ignore"):
        return bool(space.is_bounded("both") and np.isfinite(space.high - space.low).all())


def features(space: spaces.Space[Any], actions: list[Any]) -> npt.NDArray[np.float64] | None:
    """Actions as columns that a reward can be regressed on; None for spaces without numbers.

    Discrete actions become one column each (but the first), continuous ones their value and square.
    """
    if isinstance(space, spaces.Discrete) and space.n <= 64:
        chosen = np.asarray(actions, dtype=np.int64) - int(space.start)
        return np.asarray(np.eye(int(space.n))[chosen][:, 1:])
    if isinstance(space, spaces.Box) and np.prod(space.shape) <= 32:
        values = np.asarray(actions, dtype=np.float64).reshape(len(actions), -1)
        return np.concatenate([values, values**2], axis=1)
    return None
