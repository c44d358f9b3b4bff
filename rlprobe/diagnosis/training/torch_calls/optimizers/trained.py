"""The parameters of one optimizer: which never get a gradient, and which began as copies of others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

LEAST_STEPS = 20
"""Steps of an optimizer before it is said that no gradient reaches it."""


@dataclass
class Trained:
    """An optimizer, with one of its parameters as it was after the last step.

    Args:
        parameter: the parameter.
        after: a copy of it.
        steps: how often the optimizer has stepped.
        empty: steps at which none of its parameters had a gradient.
        idle: its matrices that had none at any of the first steps.
        first: copies of those without one at the first step.
        shapes: those of its other parameters.
        copies: identities of the parameters that equalled another one of it at the first step.
    """

    parameter: Any
    after: Any = None
    steps: int = 0
    empty: int = 0
    idle: list[Any] = field(default_factory=list)
    first: dict[int, Any] = field(default_factory=dict)
    shapes: Counter[tuple[int, ...]] = field(default_factory=Counter)
    copies: set[int] = field(default_factory=set)

    def look(self, params: list[Any]) -> None:
        """Keep which parameters have no gradient at a step; that of a saturated unit is there, and zero."""
        self.steps += 1
        before = params if self.steps == 1 else self.idle
        if self.steps == 1:
            tensors = [p.detach() for p in params]
            self.copies = {
                id(p) for p, own in zip(params, tensors, strict=True) if is_among(own, tensors, but=own)
            }
        self.idle = [p for p in before if p.dim() > 1 and p.grad is None]
        if self.steps == 1:
            self.first = {id(p): p.detach().clone() for p in self.idle}
        idle = {id(p) for p in self.idle}
        self.shapes = Counter(tuple(p.shape) for p in params if id(p) not in idle)

    @property
    def unused(self) -> Counter[tuple[int, ...]]:
        """The shapes of the matrices that never had a gradient and never moved; empty if too early.

        Those that began as copies are left out: they are meant to stay.
        """
        idle = (p for p in self.idle if id(p) not in self.copies and bool((p == self.first[id(p)]).all()))
        enough = self.steps >= LEAST_STEPS and self.shapes
        return Counter(tuple(p.shape) for p in idle) if enough else Counter()

    @property
    def said(self) -> str:
        """A sentence on these matrices."""
        listed = ", ".join(str(shape) for shape in list(self.unused)[:4])
        return (
            f"{self.unused.total()} weight matrices of an optimizer never had a gradient (of shapes {listed})"
            ", and what depends on them is not learned"
        )


def is_among(tensor: Any, others: list[Any], *, but: Any = None) -> bool:
    """Whether a tensor equals one of the others, apart from ``but``."""
    return any(one is not but and one.shape == tensor.shape and bool((one == tensor).all()) for one in others)
