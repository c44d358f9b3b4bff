"""Raise the learning rate that arrives at an optimiser of PyTorch, whatever the script calls it."""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from rlprobe.scripts.inside.changes.rules import RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rlprobe.scripts.inside.changes.numbers import Number
    from rlprobe.scripts.inside.changes.rewriting import Rewriting

NAME, WHAT = "lr", "learning rate"
OF_A_SCHEDULER = "initial_lr"
"""What a scheduler of PyTorch adds to a group: it computes its rates from the raised one."""


class LearningRates:
    """Applies the rule for learning rates to what optimisers are given.

    A rate stays as it is if it was raised in the code by its name, or is computed from one that was; if the
    command line sets it; if the optimiser changes a single number, such as an entropy weight; and in plain
    SGD, where the size of a step follows that of the rewards.

    Args:
        rules: what was changed in the code of the script.
        args: the arguments of the script.
        owns: whether a file is the script's own.
    """

    def __init__(self, rules: Rewriting, args: Sequence[str], owns: Callable[[str], bool]) -> None:
        self.rules, self.owns = rules, owns
        self.found: list[dict[str, Any]] = []
        """The rates that were raised, as the settings that were changed in the code."""
        self._change = next((one.change for one in rules.rules if one.names is RATE), None)
        self._given = {number for arg in args if (number := _number(arg.rpartition("=")[2])) is not None}
        self._groups: WeakKeyDictionary[Any, dict[int, list[Number]]] = WeakKeyDictionary()
        """By optimiser and place of a group: its own rate, the raised one, and the latest."""

    def watch(self, torch: Any) -> None:
        """Raise rates from now on, if there is a rule for them."""
        if self._change is None:
            return
        plain = torch.optim.Optimizer.add_param_group

        @functools.wraps(plain)
        def added(optimiser: Any, group: dict[str, Any]) -> None:
            plain(optimiser, group)
            self._raise(optimiser, group)

        torch.optim.Optimizer.add_param_group = added
        importlib.import_module("torch.optim.optimizer").register_optimizer_step_pre_hook(self._follow)

    def _raise(self, optimiser: Any, group: dict[str, Any]) -> None:
        """Raise the rate of a new group."""
        assert self._change is not None
        old: Any = group.get(NAME)
        if type(old) not in {int, float} or not self._is_own(old, optimiser):
            return
        new = self._change(old)
        held = [one for each in optimiser.param_groups for one in each["params"]]
        alone = sum(one.numel() for one in held) == 1
        if new == old or alone or "sgd" in type(optimiser).__name__.lower():
            return
        group[NAME] = new
        self._groups.setdefault(optimiser, {})[len(optimiser.param_groups) - 1] = [old, new, new]
        said = {"what": WHAT, "name": NAME, "old": old, "new": new, "place": self._place()}
        if said not in self.found:
            self.found.append(said)

    def _is_own(self, rate: Number, optimiser: Any) -> bool:
        """Whether a rate is one of the script or its optimiser, and not made of one that was raised."""
        read = (*self.rules.found.values(), *self.rules.defaults.values())
        raised = {one["new"] for one in read if one["what"] == WHAT}
        if rate in raised or rate in self._given:
            return False
        default = inspect.signature(type(optimiser).__init__).parameters.get(NAME)
        usual = default is not None and rate == default.default
        return not raised or usual or rate in self.rules.kept

    def _follow(self, optimiser: Any, *_: Any) -> None:
        """Raise what the script has written into a group since the last step, such as a rate that falls.

        A rate that is larger than its own was computed from the raised one.
        """
        for place, rates in self._groups.get(optimiser, {}).items():
            group, (old, new, latest) = optimiser.param_groups[place], rates
            if group[NAME] != latest and OF_A_SCHEDULER not in group:
                if group[NAME] <= old:
                    group[NAME] *= new / old
                rates[2] = group[NAME]

    def _place(self) -> str:
        """File and line of the script where the optimiser is made."""
        frame = sys._getframe(1)  # noqa: SLF001 - who calls is not told in another way
        while frame.f_back is not None and not self.owns(frame.f_code.co_filename):
            frame = frame.f_back
        return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
