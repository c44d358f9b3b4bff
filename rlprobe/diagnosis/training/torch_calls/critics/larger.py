"""Watch whether the larger of several critics is taken where the smaller one is meant."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.training.torch_calls.backward import quietly
from rlprobe.monitors.hooks.patches import Patches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LARGER = "larger-of-critics"
REMEMBERED = 24
"""Outputs of layers, and joined ones, that are kept."""
LEAST_BATCH = 4
"""Fewer values are those that an agent acts on."""
LEAST_TIMES, MOST_BATCHES = 10, 6_000
"""Times that the larger one was taken, and outputs for batches that are looked at: watching costs time."""


def is_view(tensor: Any, output: Any) -> bool:
    """Whether a tensor has the same numbers in memory as an output that is kept."""
    return bool(output.data_ptr() == tensor.data_ptr() and output.numel() == tensor.numel())


class Larger:
    """How often the larger and the smaller one of two critics were taken.

    A critic is known by its last layer: outputs of two linear layers of one shape are combined.
    """

    def __init__(self) -> None:
        self._outputs: deque[tuple[Any, int]] = deque(maxlen=REMEMBERED)
        self._joined: deque[tuple[Any, frozenset[int]]] = deque(maxlen=REMEMBERED)
        self._taken: Counter[tuple[str, frozenset[int]]] = Counter()
        self._batches = 0
        self.remove: Callable[[], None] = lambda: None

    def after_layer(self, layer: Any, _: Any, output: Any) -> None:
        """A layer was called."""
        if type(layer).__name__ == "Linear" and len(output) >= LEAST_BATCH:
            self._batches += 1
            if self._batches == MOST_BATCHES:
                self.remove()
            self._outputs.append((output.detach(), id(layer.weight)))  # the same numbers, without a graph

    def _layer_of(self, tensor: Any) -> int | None:
        """The layer that gave a tensor, or what it is a view of."""
        for output, layer in reversed(self._outputs):
            if is_view(tensor, output):
                return int(layer)
        return None

    def _critics(self, tensors: Any) -> frozenset[int]:
        """The layers of which the tensors are outputs, if each is one of another layer; empty otherwise."""
        layers: set[int] = set()
        for one in tensors:
            layer = self._layer_of(one)
            if layer is None or layer in layers:
                return frozenset()
            layers.add(layer)
        return frozenset(layers) if len(layers) > 1 else frozenset()

    def joins(self, tensors: Any, joined: Any) -> None:
        """Tensors were stacked or put side by side."""
        if critics := self._critics(tensors):
            self._joined.append((joined.detach(), critics))

    def takes(self, which: str, tensors: tuple[Any, ...]) -> None:
        """The larger (``max``) or smaller (``min``) of one or two tensors is taken."""
        tensor = tensors[0]
        if len(tensors) == 1:
            critics = next((of for one, of in self._joined if is_view(tensor, one)), frozenset[int]())
        else:
            critics = self._critics(tensors) if tensor.shape == tensors[1].shape else frozenset()
        if critics:
            self._taken[which, critics] += 1

    @property
    def observed(self) -> dict[str, str]:
        """A sentence if the larger one was always taken."""
        for (which, critics), times in self._taken.items():
            if which == "max" and times >= LEAST_TIMES and not self._taken["min", critics]:
                said = f"the larger of the outputs of two critics was taken {times} times, never the smaller"
                return {LARGER: said}
        return {}


@contextlib.contextmanager
def larger_seen() -> Iterator[Larger]:
    """Record meanwhile which of several critics is taken."""
    seen = Larger()
    torch = sys.modules.get("torch")
    if torch is None:
        yield seen
        return
    patches = Patches()
    for which in ("max", "min"):
        for name in (which, f"{which}imum", f"a{which}", f"f{which}"):
            patches.put_operator(torch, name, _taking(getattr(torch, name), which, seen, torch.Tensor))
            patches.put(torch.Tensor, name, _taking(getattr(torch.Tensor, name), which, seen, torch.Tensor))
    for name in ("stack", "cat", "concat", "concatenate"):
        patches.put_operator(torch, name, _joining(getattr(torch, name), seen))
    layers = torch.nn.modules.module
    patches.on_removal(layers.register_module_forward_hook(quietly(seen.after_layer)).remove)
    seen.remove = patches.remove
    try:
        yield seen
    finally:
        patches.remove()


def _taking(plain: Callable[..., Any], which: str, seen: Larger, kind: type) -> Callable[..., Any]:
    @functools.wraps(plain)
    def take(*args: Any, **kwargs: Any) -> Any:
        if args:
            quietly(seen.takes)(which, tuple(one for one in args[:2] if isinstance(one, kind)))
        return plain(*args, **kwargs)

    return take


def _joining(plain: Callable[..., Any], seen: Larger) -> Callable[..., Any]:
    @functools.wraps(plain)
    def join(*args: Any, **kwargs: Any) -> Any:
        joined = plain(*args, **kwargs)
        if args and isinstance(args[0], (tuple, list)):
            quietly(seen.joins)(args[0], joined)
        return joined

    return join
