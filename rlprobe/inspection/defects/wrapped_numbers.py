"""Wrappers that report wrong returns, or scale rewards by a return that runs on."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.inspection.flag import Flag
from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from rlprobe.inspection.playing.layer_play import Layer

NEAR: Final = 1e-3
"""How far a reported return may be from a sum of rewards, as a share of it."""
LEAST_STEPS: Final = 10
"""Steps within episodes that must show how a running return is added up."""
SMALLEST: Final = 1e-6


class EpisodeInfo:
    """What ``info["episode"]`` says, beside the rewards and steps of each layer."""

    def __init__(self) -> None:
        self.ends = 0
        self.wrong = ""

    def look(self, layers: list[Layer]) -> None:
        """Look at the end of an episode, if it is one."""
        said = layers[0].info.get("episode")
        if not layers[0].over or not isinstance(said, dict):
            return
        self.ends += 1
        known = [pair for one in layers for pair in ((one.return_, one.length), one.before)]
        for i, (key, what) in enumerate((("r", "return"), ("l", "length"))):
            number = _number(said.get(key))
            if number is None or self.wrong:
                continue
            if all(abs(number - pair[i]) > NEAR * max(1, abs(pair[i])) for pair in known):
                self.wrong = (
                    f'info["episode"] of episode {self.ends} says that its {what} is {short(number)}; '
                    f"it is {short(known[0][i])}"
                )

    @property
    def flags(self) -> list[Flag]:
        """What is wrong."""
        return [Flag("episode-info-wrong", "look", f"{self.wrong}.")] if self.wrong else []


class RunningReturns:
    """The numbers that wrappers keep which are discounted returns, and whether they run on after an end."""

    def __init__(self) -> None:
        self._scales: set[str] = set()
        self._last: dict[tuple[str, str], float] = {}
        self._discounts: dict[tuple[str, str], list[float]] = {}
        self._after: dict[tuple[str, str], list[float]] = {}
        self._ended = False

    def look(self, layers: list[Layer], *, began: bool) -> None:
        """Look at the numbers of each wrapper after a step; a reset is told by ``began``."""
        if began:
            return
        for outer, inner in pairwise(layers):
            if abs(outer.reward - inner.reward) > SMALLEST:
                self._scales.add(outer.name)
            for attribute, value in _numbers_of(outer.env):
                key = (outer.name, attribute)
                before = self._last.get(key, 0.0)
                self._last[key] = value
                if abs(before) > SMALLEST:
                    rows = self._after if inner.length == 1 else self._discounts
                    if inner.length > 1 or self._ended:
                        rows.setdefault(key, []).append((value - inner.reward) / before)
        self._ended = layers[0].truncated

    @property
    def flags(self) -> list[Flag]:
        """What is wrong."""
        found = []
        for key, discounts in self._discounts.items():
            if key[0] not in self._scales or len(discounts) < LEAST_STEPS or key not in self._after:
                continue
            discount = float(np.median(discounts))
            added_up = np.allclose(discounts, discount, atol=1e-4) and 0.0 < discount < 1.0 - 1e-4
            if added_up and np.allclose(self._after[key], discount, atol=1e-4):
                sentence = (
                    f"{key[0]} scales rewards by a discounted return, `{key[1]}`, that runs on after a "
                    "truncation, as if the next episode were the same one."
                )
                found.append(Flag("return-runs-on", "look", sentence))
        return found


def _numbers_of(env: Any) -> list[tuple[str, float]]:
    """The single numbers that a wrapper holds itself, by name."""
    found = (
        (name, _number(value)) for name, value in vars(env).items() if not isinstance(value, (bool, int))
    )
    return [(name, number) for name, number in found if number is not None]


def _number(value: Any) -> float | None:
    """A number, or the only one of an array; None for anything else."""
    if isinstance(value, (bool, str)) or value is None:
        return None
    if isinstance(value, (int, float, np.number)):
        return float(value)
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "if":
        return float(value.reshape(-1)[0])
    return None
