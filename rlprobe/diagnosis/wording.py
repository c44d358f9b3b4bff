"""Values and actions as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NUMBER = re.compile(r"\d[\d,.]*")
LONGEST_ERROR = 400
"""Characters of an error that a report shows; the traceback has them all."""


def in_one_line(error: BaseException) -> str:
    r"""An error with its notes in one line, without the numbers of tensors.

    >>> in_one_line(ValueError("found invalid values: tensor([[nan],\n        [nan],\n        [nan]])"))
    'ValueError: found invalid values: tensor([[nan...)'
    """
    text = re.sub(r"\b((tensor|array)\(\[+\s*[^,\]\s]+).{24,}\]", r"\1...", str(error), flags=re.DOTALL)
    text = " ".join(f"{type(error).__name__}: {text}".split()).rstrip(": ")
    cut = text if len(text) <= LONGEST_ERROR else f"{text[:LONGEST_ERROR]}..."
    return "; ".join([cut, *getattr(error, "__notes__", ())])


def numbers(values: Any) -> str:
    """Values as text: three digits, in brackets if there are several.

    >>> numbers(np.array([3.5714, 10.0]))
    '(3.57, 10)'
    >>> numbers(np.array([float("inf")]))
    'growing without bound'
    """
    flat = np.asarray(values, dtype=float).reshape(-1)
    if np.isinf(flat).all():
        return "growing without bound"
    if np.isnan(flat).all():
        return "not a number"
    return _row(["?" if np.isnan(v) else f"{v + 0.0:.3g}" if abs(v) >= 0.005 else "0" for v in flat])


def best_actions(answer: Any) -> str:
    """The best actions at each observation as text; equally good ones are joined by ``|``.

    >>> best_actions([[1], [0, 2]])
    '(1, 0|2)'
    """
    return _row(["|".join(_word(action) for action in actions) for actions in answer])


def chosen_actions(answer: Any) -> str:
    """The chosen actions as text; seeds that chose the same appear once.

    >>> chosen_actions([[1, 0], [1, 0], [1, 2]])
    '(1, 0) or (1, 2)'
    """
    rows = [_row([_word(x) for x in np.asarray(one).reshape(-1)]) for one in answer]
    return " or ".join(dict.fromkeys(rows))


def listed(words: Iterable[str]) -> str:
    """Words in a row.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def said_once(told: Mapping[str, Iterable[str]]) -> list[str]:
    """Sentences behind the names of what they are about; of those that differ in numbers only, the first.

    Args:
        told: each sentence with the names.

    >>> said_once({"12 of 20 steps": ["A", "B"], "9 of 20 steps": ["B", "C"]})
    ['A and B: 12 of 20 steps; much the same on C']
    """
    alike: dict[str, list[tuple[str, list[str]]]] = {}
    for sentence, names in told.items():
        alike.setdefault(NUMBER.sub("", sentence), []).append((sentence, list(names)))
    found = []
    for (sentence, names), *more in alike.values():
        others = dict.fromkeys(name for _, further in more for name in further if name not in names)
        also = f"; much the same on {listed(others)}" if others else ""
        found.append(f"{listed(names)}: {sentence}{also}")
    return found


def _row(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"({', '.join(words)})"


def _word(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, (float, np.floating)) else str(value)


def offered(options: Mapping[str, Any]) -> str:
    """The choices of CashOut with its options: the sure rewards, or what is entered.

    >>> offered({"sure": (0.5, 3.0), "of": "Constant", "scale": -1.0})
    'CashOut: 0.5, 3 or Constant scale=-1'
    """
    sure = options.get("sure", 6.0)
    prices = ", ".join(f"{one:g}" for one in sure) if isinstance(sure, tuple | list) else f"{sure:g}"
    plain = {"scale": 1.0, "paid": 0.0, "rest": 0.0}
    changed = [
        f"{name}={options[name]:g}" for name, value in plain.items() if options.get(name, value) != value
    ]
    return f"CashOut: {prices} or {' '.join([str(options.get('of', 'TimeLimitLoop')), *changed])}"
