"""Watch which way a maximum-entropy method moves the weight of entropy that it tunes."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.training.torch_calls.backward import quietly

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST_STEPS, LATEST = 200, 400
"""Steps of its optimizer, at least; the latest of them are judged."""
MOSTLY = 0.95
"""The share of these steps that raise it."""
GROWN = 3.0
"""It, or its logarithm, has grown by so much: then the policy is as random as it can be."""
RAISED = "temperature-sign"


@dataclass
class Tuned:
    """A number that an optimizer trains alone.

    Args:
        first, last: its value before the first and before the last step.
        steps: how many there were.
        raised: how many of them raised it.
        latest: which of the latest did.
    """

    first: float
    last: float
    steps: int = 0
    raised: int = 0
    latest: deque[bool] = field(default_factory=lambda: deque(maxlen=LATEST))

    def step(self, value: float, *, raised: bool) -> None:
        """Note a step."""
        self.last = value
        self.steps += 1
        self.raised += raised
        self.latest.append(raised)


class EntropyWeight:
    """The only number that an optimizer trains.

    The weight falls while the policy is more random than its target entropy, and rises while it is less so. A
    weight that rises for ever has made the policy random long ago. Where all actions are equally good, the
    policy is random from the beginning, unless the weight falls.

    Args:
        alike: whether there are several actions, all equally good.
    """

    def __init__(self, *, alike: bool) -> None:
        self.alike = alike
        self._tuned: dict[int, Tuned] = {}

    def before_step(self, optimizer: Any, *_: Any) -> None:
        """An optimizer is about to step."""
        only = [one for group in optimizer.param_groups for one in group["params"]]
        if len(only) != 1 or only[0].numel() != 1 or only[0].grad is None:
            return
        value, gradient = float(only[0].detach()), float(only[0].grad)
        if gradient:
            self._tuned.setdefault(id(optimizer), Tuned(value, value)).step(value, raised=gradient < 0.0)

    @property
    def observed(self) -> dict[str, str]:
        """A sentence if a weight rises where it should fall."""
        for one in self._tuned.values():
            if one.steps < LEAST_STEPS:
                continue
            said = f"{one.raised} of {one.steps} updates raised it, though "
            if self.alike and one.raised >= MOSTLY * one.steps:
                return {RAISED: f"{said}no action was better than another"}
            if one.last - one.first > GROWN and sum(one.latest) >= MOSTLY * len(one.latest):
                return {RAISED: f"{said}it had made the policy random long ago"}
        return {}


@contextlib.contextmanager
def entropy_weight_seen(*, alike: bool) -> Iterator[EntropyWeight]:
    """Record meanwhile what PyTorch's optimizers do to single numbers."""
    seen = EntropyWeight(alike=alike)
    if "torch" not in sys.modules:
        yield seen
        return
    optimizers = importlib.import_module("torch.optim.optimizer")
    handle = optimizers.register_optimizer_step_pre_hook(quietly(seen.before_step))
    try:
        yield seen
    finally:
        handle.remove()
