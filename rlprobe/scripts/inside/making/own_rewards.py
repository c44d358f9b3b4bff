"""Rewards that wrappers of the script make of those of its environment.

A wrapper that pays for speed or height shapes one task. On a probe these are other rewards than those with
exact values, so they are left out. What depends on the reward alone, such as a scale, stays: it may be wrong.
"""

from __future__ import annotations

import functools
import random
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gymnasium as gym
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

TESTS: Final = 120
"""Steps in which a wrapper is given rewards at random."""
GIVEN: Final = (-1.0, 0.5, 2.0)
LEAST_CHANGE, LEAST_SHARE = 0.01, 0.5
"""Rewards are shaped if they deviate by more from their mean at the reward given, and if this share of the
variance depends on the step: running statistics make them deviate too."""


class OwnRewards:
    """Finds out whether wrappers of the script shape rewards, and leaves that out if they do.

    Meanwhile the script gets the rewards of the probe.

    Args:
        owns: whether a file is the script's own.
        shaped: whether they shape rewards; None to find out.
    """

    def __init__(self, owns: Callable[[str], bool], *, shaped: bool | None) -> None:
        self.owns, self.shaped = owns, shaped
        self.names: list[str] = []
        """The wrappers that may change rewards, each with its place."""
        self._kinds: set[type] = set()
        self._inside = False
        self._draw = random.Random(0)
        self._seen: list[tuple[float, Hashable, float]] = []

    def install(self) -> None:
        """Look at each wrapper that is made from now on."""
        plain = gym.Wrapper.__init__

        @functools.wraps(plain)
        def begin(wrapper: gym.Wrapper[Any, Any, Any, Any], env: Any) -> None:
            self._meet(type(wrapper))
            plain(wrapper, env)

        gym.Wrapper.__init__ = begin  # type: ignore[method-assign,assignment]

    def _meet(self, kind: Any) -> None:
        if kind in self._kinds:
            return
        self._kinds.add(kind)
        code = getattr(kind.reward if issubclass(kind, gym.RewardWrapper) else kind.step, "__code__", None)
        if code is not None and self.owns(code.co_filename):
            self.names.append(f"`{kind.__name__}` ({Path(code.co_filename).name}:{code.co_firstlineno})")
            kind.step = self._watched(kind.step)

    def _watched(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(plain)
        def step(wrapper: Any, action: Any) -> Any:
            stage = wrapper.unwrapped
            if self._inside or self.shaped is False or not hasattr(stage, "paid"):
                return plain(wrapper, action)
            held, before = (stage.pay, stage.lift), stage.now
            given = self._draw.choice(GIVEN)
            if self.shaped is None:
                stage.pay, stage.lift = 0.0, given
            self._inside = True
            try:
                result = plain(wrapper, action)
            finally:
                self._inside = False
                stage.pay, stage.lift = held
            if not isinstance(result, tuple) or result[1] is None or np.ndim(result[1]):
                self.shaped = False  # several rewards, or none
                return result
            if self.shaped is None:
                about = before, stage.now, _coarse(stage.action_space, action), *map(bool, result[2:4])
                self._seen.append((given, about, float(result[1])))
                if len(self._seen) >= TESTS:
                    self.shaped = is_shaped(self._seen)
            return (result[0], stage.paid * stage.pay + stage.lift, *result[2:])

        return step


def _coarse(space: Any, action: Any) -> float:
    """The first number of an action; of continuous ones one of five."""
    first = float(np.asarray(action, np.float64).reshape(-1)[0])
    if not isinstance(space, gym.spaces.Box):
        return first
    low, high = (float(np.reshape(bound, -1)[0]) for bound in (space.low, space.high))
    return round(4 * (first - low) / (high - low)) if np.isfinite(high - low) else 0.0


def is_shaped(seen: Sequence[tuple[float, Hashable, float]]) -> bool:
    """Whether rewards depend on more than those of the environment.

    Args:
        seen: the reward that the environment gave, what happened in the step, and the reward of the wrapper.

    >>> import random
    >>> steps = [(random.choice([0.0, 1.0]), state) for state in range(3)] * 40
    >>> is_shaped([(given, state, given + 0.1 * state) for given, state in steps])
    True
    >>> is_shaped([(given, state, 0.1 * given - 1.0) for given, state in steps])
    False
    """
    made = np.array([reward for *_, reward in seen])
    rest = made - _means([given for given, *_ in seen], made)
    by_step = _means([about for _, about, _ in seen], rest)
    free = len(seen) - len({about for _, about, _ in seen})  # degrees of freedom
    spread, left = float(rest.std()), float(((rest - by_step) ** 2).sum())
    return spread > LEAST_CHANGE and left < (1.0 - LEAST_SHARE) * spread**2 * max(free, 0)


def _means(keys: Sequence[Hashable], numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The mean of the numbers with the same key, for each of them."""
    places: dict[Hashable, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        places[key].append(place)
    means = np.empty(len(numbers))
    for group in places.values():
        means[group] = numbers[group].mean()
    return means
