"""Watch whether gradients are cleared between two steps of an optimizer."""

from __future__ import annotations

import contextlib
import importlib
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.training.torch_calls.optimizers.norms import Norms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEAST_STEPS, MOST_STEPS = 20, 400
"""Steps of one optimizer that are looked at: at least, before anything is said, and at most."""
KEPT_SHARE = 0.7
"""Gradients accumulate if so many of the steps use what earlier ones left; in correct loops none do."""


@dataclass
class Watched:
    """One parameter of an optimizer: the smallest one that gets a gradient.

    Args:
        parameter: the parameter.
        remove: ends the watch.
        backwards: how often a gradient has reached it since the last step.
        cleared: whether one of them found nothing left behind.
        steps: steps of its optimizer.
        kept: steps in which the gradient contained those of earlier steps.
    """

    parameter: Any
    remove: Callable[[], None] = lambda: None
    backwards: int = 0
    cleared: bool = False
    steps: int = 0
    kept: int = 0

    def arrives(self, _: Any) -> None:
        """A gradient arrives, and will be added to what is there."""
        self.backwards += 1
        there = self.parameter.grad
        if there is None or not bool(there.any()):
            self.cleared = True

    def step(self) -> None:
        """The optimizer takes a step."""
        if not self.backwards:
            return
        self.steps += 1
        self.kept += not self.cleared
        self.backwards, self.cleared = 0, False
        if self.steps == MOST_STEPS:
            self.remove()


@dataclass
class Gradients:
    """The watched parameters, one of each optimizer, by the optimizer's ``id``, and norms of gradients."""

    watched: dict[int, Watched] = field(default_factory=dict)
    norms: Norms = field(default_factory=Norms)

    def step(self, optimizer: Any, *_: Any) -> None:
        """An optimizer is about to take a step."""
        self.norms.before_step(optimizer)
        known = self.watched.get(id(optimizer))
        if known is not None:
            if known.steps < MOST_STEPS:
                known.step()
            return
        every = [p for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
        if every:
            new = Watched(min(every, key=lambda p: p.numel()))
            new.remove = new.parameter.register_hook(new.arrives).remove
            self.watched[id(optimizer)] = new

    @property
    def accumulate(self) -> str:
        """A sentence if gradients accumulate; empty otherwise."""
        for one in self.watched.values():
            if one.steps >= LEAST_STEPS and one.kept >= KEPT_SHARE * one.steps:
                return (
                    f"in {one.kept} of {one.steps} steps of an optimizer, the gradient still contained those "
                    "of earlier steps"
                )
        return ""


@contextlib.contextmanager
def gradients_seen() -> Iterator[Gradients]:
    """Record meanwhile what gradients contain when PyTorch's optimizers step."""
    seen = Gradients()
    if "torch" not in sys.modules:
        yield seen
        return
    handle = importlib.import_module("torch.optim.optimizer").register_optimizer_step_pre_hook(seen.step)
    try:
        yield seen
    finally:
        handle.remove()
        for one in seen.watched.values():
            one.remove()
