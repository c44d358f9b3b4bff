"""Watch the functions of a script that are given observations, where there are no networks of a library."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from inspect import CO_COROUTINE, CO_GENERATOR
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.scripts.inside.making.actions import actions_of
from rlprobe.scripts.inside.reading.functions.arrays import (
    answers_in,
    as_array,
    holds_weights,
    is_action,
    key_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import CodeType, FrameType

    from numpy.typing import NDArray

    from rlprobe.scripts.inside.stage import Stage

MOST_KNOWN, MOST_DEEP, MOST_HOLDERS = 4_096, 64, 6
AMBIGUOUS = -1
MOVED_ABOVE = 1e-6
LEAST_CALLS = 20


@dataclass(eq=False)
class Said:
    """What a function returned for each observation it was given.

    Args:
        name: its name in the script, with that of its class.
        owner: the object whose method it is, or what holds the weights that a function is given; else None.
        first, last: its first and last result for each observation, by number; for a function of an action
            too, one number for each action, NaN where it was never asked.
    """

    name: str
    owner: Any = None
    calls: int = 0
    first: dict[int, NDArray[np.float64]] = field(default_factory=dict)
    last: dict[int, NDArray[np.float64]] = field(default_factory=dict)

    def moved(self) -> float:
        """How far its results have moved from the first ones."""
        gaps = [np.abs(self.last[i] - self.first[i]) for i in self.first]
        return float(max((np.nanmax(gap) for gap in gaps if not np.isnan(gap).all()), default=0.0))

    @property
    def is_learning(self) -> bool:
        """Whether its results change as the script learns."""
        return self.calls >= LEAST_CALLS and self.moved() > MOVED_ABOVE

    @property
    def is_fixed(self) -> bool:
        """Whether it gives the same result for an observation each time."""
        return self.calls >= LEAST_CALLS and self.moved() <= MOVED_ABOVE

    def keep(self, number: int, row: NDArray[np.float64]) -> None:
        """Keep a result."""
        self.first.setdefault(number, row)
        self.last[number] = row

    def keep_one(self, number: int, action: int, value: float, actions: int) -> None:
        """Keep the result for one of several actions."""
        first = self.first.setdefault(number, np.full(actions, np.nan))
        first[action] = value if np.isnan(first[action]) else first[action]
        self.last.setdefault(number, np.full(actions, np.nan))[action] = value


@dataclass
class Values:
    """Values of observations, read from a function or from weights.

    Args:
        name: what the script calls it.
        first, last: the first and the latest value, or the values of each action, by number of observation.
    """

    name: str
    first: Mapping[int, NDArray[np.float64]]
    last: Mapping[int, NDArray[np.float64]]

    def value(self, number: int, *, first: bool = False) -> float | None:
        """The best value at an observation; None if it never occurred."""
        row = (self.first if first else self.last).get(number)
        return None if row is None or np.isnan(row).all() else float(np.nanmax(row))


class Calls:
    """Follows observations through the functions of a script.

    What a function makes of an observation counts as that observation too, wherever it is given next.

    Args:
        owns: whether a file is the script's own.
    """

    def __init__(self, owns: Callable[[str], bool]) -> None:
        self.owns = owns
        self.said: dict[tuple[CodeType, int, int, str], Said] = {}
        self.features: dict[CodeType, Said] = {}
        self.stages: list[Stage] = []
        self.actions: int | None = None
        self._known: dict[bytes, int] = {}
        self._ours: dict[CodeType, bool] = {}
        self._holders: dict[CodeType, dict[int, Any]] = {}
        self._open: dict[int, list[tuple[str, Any]]] = {}
        self.arrays: dict[str, int] = {}
        """A fingerprint of each array of weights as it was at the first look."""
        self.by_jax: dict[int, NDArray[np.float64]] = {}
        """The first values that a function in JAX gave, by number of observation."""

    def watch(self) -> None:
        """Begin to watch the calls of this thread."""
        sys.setprofile(self._event)

    def begin(self, stage: Stage) -> None:
        """Know the observations of an environment."""
        self.stages.append(stage)
        self.actions = actions_of(stage.action_space)
        for number, look in enumerate(stage.looks):
            if isinstance(look, (np.ndarray, tuple)):
                self._know(np.asarray(look), number)

    def _event(self, frame: FrameType, event: str, result: Any) -> None:
        code = frame.f_code
        if event == "call":
            ours = self._ours.get(code)
            if ours is None:
                ours = self._ours[code] = self._is_ours(code)
            if ours and len(self._open) < MOST_DEEP:
                names = code.co_varnames[: code.co_argcount]
                given = frame.f_locals
                self._open[id(frame)] = [(name, given[name]) for name in names if name in given]
        elif event == "return" and (given_then := self._open.pop(id(frame), None)) is not None:
            self._returned(code, given_then, result)

    def _is_ours(self, code: CodeType) -> bool:
        plain = not code.co_flags & (CO_GENERATOR | CO_COROUTINE)
        return plain and code.co_name != "<module>" and self.owns(code.co_filename)

    def _returned(self, code: CodeType, given: list[tuple[str, Any]], result: Any) -> None:
        answers = answers_in(result)
        if not answers:
            return
        arguments = [value for name, value in given if name not in {"self", "cls"}]
        for value in arguments:
            numbers = self._numbers(value)
            if numbers is not None:
                others = [one for one in arguments if one is not value]
                owner = next((v for name, v in given if name == "self"), None)
                if owner is None:
                    owner = self._holder(code, others)
                for place, answer in enumerate(answers):
                    self._keep((code, place), owner, numbers, answer, others)
                return

    def _holder(self, code: CodeType, arguments: list[Any]) -> Any:
        """What holds the weights that a function is given, as in ``forward(net, x)``.

        None where each update makes new ones, as in ``params = update(params)``: they are one network.
        """
        holders = self._holders.setdefault(code, {})
        holder = next((one for one in arguments if holds_weights(one)), None)
        if holder is None or len(holders) > MOST_HOLDERS:
            return None
        holders[id(holder)] = holder
        if len(holders) <= MOST_HOLDERS:
            return holder
        holders.update(dict.fromkeys(holders))
        for key in [one for one in self.said if one[0] is code]:
            early = self.said.pop(key)
            one = self.said.setdefault((code, 0, *key[2:]), Said(early.name))
            one.calls += early.calls
            one.first, one.last = early.first | one.first, early.last
        return None

    def _keep(
        self,
        returned: tuple[CodeType, int],
        owner: Any,
        numbers: list[int],
        answer: NDArray[np.float64],
        others: list[Any],
    ) -> None:
        """Keep what a function returned, as one of several things, for each observation it was given."""
        code, place = returned
        count = len(numbers)
        if answer.size % count:
            return
        rows = answer.reshape(count, -1)
        for row, number in zip(rows, numbers, strict=True):
            self._know(row, number)
        action = next((int(one) for one in others if is_action(one, self.actions)), None)
        if action is None and rows.shape[1] > 1 and rows.shape[1] != self.actions:
            seen = self.features.setdefault(code, Said(code.co_qualname))
            seen.calls += 1
            for row, number in zip(rows, numbers, strict=True):
                seen.keep(number, row.copy())
        if rows.shape[1] not in {1, self.actions}:
            return
        paired = action is not None and rows.shape[1] == 1 and count == 1
        key = code, 0 if owner is None else id(owner), place, "pair" if paired else str(rows.shape[1])
        said = self.said.setdefault(key, Said(code.co_qualname, owner))
        said.calls += 1
        for row, number in zip(rows, numbers, strict=True):
            if paired:
                assert self.actions is not None
                assert action is not None
                said.keep_one(number, action, float(row[0]), self.actions)
            else:
                said.keep(number, row.copy())

    def _numbers(self, value: Any) -> list[int] | None:
        """The observations that a value stands for: one, or one in each row; None if it is none."""
        array = as_array(value)
        if array is None or array.size < 2:
            return None
        one = self._known.get(key_of(array), AMBIGUOUS)
        if one != AMBIGUOUS:
            return [one]
        if array.ndim != 2 or len(array) < 1:
            return None
        found = [self._known.get(key_of(row), AMBIGUOUS) for row in array]
        return found if AMBIGUOUS not in found else None

    def _know(self, array: NDArray[Any], number: int) -> None:
        if array.size < 2 or len(self._known) > MOST_KNOWN:
            return
        key = key_of(array)
        if self._known.setdefault(key, number) != number:
            self._known[key] = AMBIGUOUS

    def results(self) -> Iterator[Said]:
        """What every function said."""
        yield from self.said.values()
