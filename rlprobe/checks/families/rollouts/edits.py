"""Mistakes as changes of the ingredients of a backward recursion, alone and in pairs."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.family import Mistake, Outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rlprobe.checks.case import Case

Ingredients = dict[str, Any]


def ingredients(case: Case) -> Ingredients:
    """What goes into the targets of a rollout; each mask is 1 where something goes on.

    ``boot`` multiplies the value of the next observation, ``trace`` what was accumulated after the step.
    """
    return {
        "reward": case.rewards,
        "value": case.values,
        "next_value": case.next_values,
        "boot": 1.0 - case.terminated,
        "trace": 1.0 - case.done,
        "gamma": case.gamma,
        "trace_gamma": case.gamma,
        "lam": case.lam,
        "order": "backwards",
    }


@dataclass(frozen=True)
class Edit:
    """One mistake, as a change of ingredients; two of them can be combined."""

    id: str
    what: str
    change: Callable[[Ingredients, Case], Ingredients]
    wrong: str = ""
    right: str = ""
    many: bool = False
    needs: frozenset[str] = frozenset()


def made(
    edits: Iterable[Edit], formula: Callable[[Ingredients, Case], Outputs], words: str
) -> tuple[Mistake, ...]:
    """The mistakes that edits of the ingredients lead to."""
    return tuple(_mistake((edit,), formula, words) for edit in edits)


def _mistake(edits: tuple[Edit, ...], formula: Callable[[Ingredients, Case], Outputs], words: str) -> Mistake:
    def outputs(case: Case) -> Outputs:
        given = ingredients(case)
        for edit in edits:
            given = {**given, **edit.change(given, case)}
        return formula(given, case)

    first = edits[0]
    what = first.what.format(words)
    if len(edits) > 1:
        what += f", and {edits[1].what.format('one')} (also {edits[1].id})"
    many = len(edits) == 1 and first.many
    needs = next((edit.needs for edit in edits if edit.needs), frozenset[str]())
    return Mistake(first.id, what, outputs, first.wrong, first.right, many=many, needs=needs)


def pairs(
    edits: Iterable[Edit], formula: Callable[[Ingredients, Case], Outputs], words: str
) -> Iterator[Mistake]:
    """Two mistakes at once, of different kinds."""
    for first, second in itertools.combinations(edits, 2):
        if first.id != second.id:
            yield _mistake((first, second), formula, words)


def accumulated(delta: Any, decay: Any, order: str) -> Any:
    """``x_t = delta_t + decay_t x_{t+1}``, or forwards where that is the mistake."""
    found = np.zeros(np.shape(delta))
    steps = range(len(delta))
    carry = 0.0 * delta[0]
    for t in reversed(steps) if order == "backwards" else steps:
        carry = found[t] = delta[t] + decay[t] * carry
    return found
