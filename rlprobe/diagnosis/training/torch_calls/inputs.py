"""Watch what networks are given: batches of memory that is not filled, and single observations to act on."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.diagnosis.training.torch_calls.aliased import Aliased
from rlprobe.diagnosis.training.torch_calls.backward import quietly
from rlprobe.diagnosis.training.torch_calls.raw import Raw
from rlprobe.monitors.losses.graph import nodes_above

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from rlprobe.diagnosis.training.torch_calls.acting import Acting

MOST_LOSSES = 12
"""At each place of the code."""
LEAST_LOSSES, LEAST_BATCH, LEAST_SHARE = 5, 8, 0.1
"""Losses with so large a share of empty rows in a batch of so many."""
MOST_NODES = 400
MOST_CALLS = 8_000
"""Calls of modules that are looked at."""
FEW_ROWS, LEAST_ACTING, ACTING_SHARE, LEAST_TARGETS = 4, 60, 0.75, 20
"""Calls with few observations are for acting; most of them go to one network if it is the one that acts."""
LEAST_AFTER_LOSSES = 400
"""Observations to act on after the first loss, before a network that acts is said to be never updated."""
EMPTY, TARGET, FROZEN = "ring-buffer", "acts-with-target-network", "acting-network-never-updated"


class Inputs:
    """What was seen of the inputs of networks.

    Args:
        shown: the observations of the probe as the agent sees them, ``(n, ...)``; asked at the first loss or
            call, and None where it cannot be known.
        acting: told of each single observation.
    """

    def __init__(self, shown: Callable[[], NDArray[Any] | None], acting: Acting) -> None:
        self._shown, self._one = shown, acting
        self._raw, self._aliased, self._is_asked = Raw(), Aliased(), False
        self._calls = 0
        self._losses: Counter[tuple[int, int]] = Counter()
        self._empty: list[tuple[int, int]] = []
        self._acting: Counter[int] = Counter()
        self._batches: Counter[int] = Counter()
        self._kept: dict[int, Any] = {}
        self._first: dict[int, Any] = {}
        self._since_loss: Counter[int] = Counter()
        self.remove: Callable[[], None] = lambda: None
        self._trained: set[int] = set()

    @cached_property
    def _observations(self) -> NDArray[Any]:
        """``(n, k)``; empty if they are not known."""
        try:
            shown = self._shown()
        except Exception:  # noqa: BLE001 - an error of ours is never the agent's problem
            shown = None
        return np.zeros((0, 0)) if shown is None else np.asarray(shown).reshape(len(shown), -1)

    @cached_property
    def _tells_empty(self) -> bool:
        """Whether there are several observations, of which none is all zeros."""
        return len(self._observations) > 1 and bool((self._observations != 0).any(axis=1).all())

    @property
    def _size(self) -> int:
        """Numbers in an observation; 0 if it is not known."""
        return int(self._observations.shape[1])

    @contextlib.contextmanager
    def asked(self) -> Iterator[None]:
        """Meanwhile the agent is asked for its values or actions, and does not learn."""
        self._is_asked = True
        try:
            yield
        finally:
            self._is_asked = False

    @property
    def saw_losses(self) -> bool:
        """Whether gradients of a loss were computed."""
        return bool(self._losses)

    def before_backward(self, loss: Any, place: tuple[int, int]) -> None:
        """The gradients of a loss are about to be computed at a place of the code."""
        if self._losses[place] >= MOST_LOSSES or loss.grad_fn is None:
            return
        self._losses[place] += 1
        for node in nodes_above(loss.grad_fn, layers_end=False, most=MOST_NODES):
            parameter = getattr(node, "variable", None)
            if parameter is not None:
                self._trained.add(id(parameter))
            if not self._tells_empty or not type(node).__name__.startswith("AddmmBackward"):
                continue
            given = None if node.next_functions[1][0] is not None else node._saved_mat1  # noqa: SLF001
            if given is None or len(given) < LEAST_BATCH or given.shape[1] < self._size:
                continue
            rows = (given == 0).all(dim=1)
            if bool(rows.any()):
                node.register_prehook(partial(self._learns_from, rows))

    def _learns_from(self, rows: Any, gradients: Any) -> None:
        """Count the empty rows that have a gradient; those that fill up a sequence have none."""
        used = rows & (gradients[0] != 0).any(dim=1)
        self._empty.append((int(used.sum()), len(rows)))

    def before_layer(self, layer: Any, given: tuple[Any, ...]) -> None:
        """A linear layer is about to be called."""
        self._calls += 1
        if self._calls == MOST_CALLS:
            self.remove()
        if type(layer).__name__ != "Linear" or not given or layer.in_features != self._size:
            return
        if id(layer.weight) not in self._kept:
            self._kept[id(layer.weight)] = layer.weight
            self._first[id(layer.weight)] = layer.weight.detach().clone()
        rows = given[0].numel() // self._size
        self._raw.given(given[0], self._observations, asked=self._is_asked)
        if rows <= FEW_ROWS:
            self._acting[id(layer.weight)] += 1
            self._since_loss[id(layer.weight)] += bool(self._trained)
            if rows == 1:
                self._one.given(given[0])
        elif self._one.is_alone and not self._is_asked:
            self._aliased.given(given[0], self._observations)
        if rows > FEW_ROWS and not sys.modules["torch"].is_grad_enabled():
            self._batches[id(layer.weight)] += 1

    @property
    def observed(self) -> dict[str, str]:
        """A sentence for each fault that was seen."""
        found = self._one.observed | self._raw.observed | self._aliased.observed
        many = [(k, n) for k, n in self._empty if k >= LEAST_SHARE * n]
        if len(many) >= LEAST_LOSSES:
            share = max(k / n for k, n in many)
            found[EMPTY] = (
                f"in {len(many)} updates, up to {100 * share:.0f} % of the observations in the batch were "
                "all zeros, which no observation is: memory that is not filled yet is sampled"
            )
        if said := self._by_target():
            found[TARGET] = said
        if said := self._never_updated():
            found[FROZEN] = said
        return found

    def _by_target(self) -> str:
        """A sentence if most actions come from a network that no loss trains, and that gets batches."""
        total = sum(self._acting.values())
        if total < LEAST_ACTING or not self._trained:
            return ""
        key, count = self._acting.most_common(1)[0]
        shapes = [self._kept[other].shape for other in self._kept if other in self._trained]
        like = self._kept[key].shape in shapes
        if (
            key in self._trained
            or not like
            or count < ACTING_SHARE * total
            or self._batches[key] < LEAST_TARGETS
        ):
            return ""
        return (
            f"{count} of {total} single observations went to a network that no loss trains, and that is also "
            f"given {self._batches[key]} batches without gradients, as a target network is"
        )

    def _never_updated(self) -> str:
        """A sentence if most actions come from networks that never changed, and have a trained twin."""
        total = sum(self._since_loss.values())
        frozen = [one for one in self._acting if one not in self._trained and self._has_left(one)]
        count = sum(self._since_loss[one] for one in frozen)
        if total < LEAST_AFTER_LOSSES or count < ACTING_SHARE * total:
            return ""
        return (
            f"{count} of {total} single observations went to a network whose weights never changed, while "
            "another one with layers of the same shapes was trained"
        )

    def _has_left(self, key: int) -> bool:
        """Whether a layer is as it was at first, and a trained one like it is not: a copy if there is one."""
        if self._moved(key):
            return False
        first = self._first[key]
        like = [one for one in self._kept if one in self._trained and self._first[one].shape == first.shape]
        copies = [one for one in like if bool((self._first[one] == first).all())]
        return any(map(self._moved, copies or like))

    def _moved(self, key: int) -> bool:
        """Whether the weights of a layer have changed since it was first called."""
        return not bool((self._kept[key].detach() == self._first[key]).all())


@contextlib.contextmanager
def inputs_seen(shown: Callable[[], NDArray[Any] | None], acting: Acting) -> Iterator[Inputs]:
    """Record meanwhile what networks are given; ``before_backward`` is called with each loss.

    Args:
        shown: as for ``Inputs``.
        acting: likewise.
    """
    seen = Inputs(shown, acting)
    torch = sys.modules.get("torch")
    if torch is None:
        yield seen
        return
    heard = quietly(seen.before_layer)
    seen.remove = torch.nn.modules.module.register_module_forward_pre_hook(heard).remove
    try:
        yield seen
    finally:
        seen.remove()
