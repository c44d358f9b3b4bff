"""Ranges of hyperparameters as they are typed: ``learning-rate=log:1e-5..1e-2``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import floor, log2
from typing import Any, Final

from rlprobe.extras import need

FORMS: Final = (
    "expected name=log:1e-5..1e-2, name=lin:0..1, name=int:1..10, name=logint:8..512, name=pow2:32..4096 or "
    "name=choice:relu,tanh"
)
NAME: Final = re.compile(r"[A-Za-z_][\w.\-/]*")


@dataclass(frozen=True)
class Range:
    """The values that a parameter may take.

    Args:
        name: of the option, without its dashes.
        kind: ``log``, ``lin``, ``int``, ``logint``, ``pow2`` or ``choice``.
        low: lower end.
        high: upper end.
        choices: of a choice, and the powers of ``pow2``.
    """

    name: str
    kind: str
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()

    @classmethod
    def of(cls, words: str) -> Range:
        """From the words of ``--param``.

        Raises:
            ValueError: they are not understood.

        >>> Range.of("n-steps=pow2:32..256").choices, Range.of("lr=log:1e-5..1e-2").high
        (('32', '64', '128', '256'), 0.01)
        """
        name, equals, rest = words.partition("=")
        kind, colon, values = rest.partition(":")
        name = name.strip().lstrip("-")
        if not (equals and colon and NAME.fullmatch(name)):
            raise ValueError(f"--param {words}: {FORMS}")
        if kind == "choice":
            choices = tuple(dict.fromkeys(one.strip() for one in values.split(",") if one.strip()))
            if len(choices) < 2:
                raise ValueError(f"--param {words}: expected at least two choices, as in choice:relu,tanh")
            return cls(name, kind, choices=choices)
        low, high = _ends(words, values)
        if kind not in {"log", "lin", "int", "logint", "pow2"}:
            raise ValueError(f"--param {words}: {FORMS}")
        if kind in {"log", "logint", "pow2"} and low <= 0:
            raise ValueError(f"--param {words}: a logarithmic range starts above 0")
        if kind in {"int", "logint", "pow2"} and (low != floor(low) or high != floor(high)):
            raise ValueError(f"--param {words}: expected whole numbers")
        return cls(name, kind, low, high, _powers(words, low, high) if kind == "pow2" else ())

    @property
    def distribution(self) -> Any:
        """It as a distribution of Optuna."""
        make = need("optuna.distributions", "rlprobe search")
        if self.kind == "choice":
            return make.CategoricalDistribution(self.choices)
        if self.kind == "pow2":
            return make.CategoricalDistribution([int(one) for one in self.choices])
        if self.kind in {"int", "logint"}:
            return make.IntDistribution(int(self.low), int(self.high), log=self.kind == "logint")
        return make.FloatDistribution(self.low, self.high, log=self.kind == "log")

    @property
    def ends(self) -> tuple[str, str]:
        """The two values that are furthest apart, as a script gets them."""
        if self.choices:
            return self.choices[0], self.choices[-1]
        return shown(self.low), shown(self.high)


def shown(value: object) -> str:
    """A value as a script gets it.

    >>> shown(3.0000000001e-05), shown(64), shown(64.0), shown("relu")
    ('3.0000000001e-05', '64', '64', 'relu')
    """
    if isinstance(value, float):
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))
    return str(value)


def _ends(words: str, values: str) -> tuple[float, float]:
    try:
        low, high = (float(one) for one in values.split(".."))
    except ValueError as error:
        raise ValueError(f"--param {words}: {FORMS}") from error
    if not low < high < float("inf"):
        raise ValueError(f"--param {words}: expected a lower and then a larger end, got {values}")
    return low, high


def _powers(words: str, low: float, high: float) -> tuple[str, ...]:
    first, last = log2(low), log2(high)
    if first != floor(first) or last != floor(last):
        raise ValueError(f"--param {words}: expected powers of two, such as 32..4096")
    return tuple(str(2**power) for power in range(int(first), int(last) + 1))
