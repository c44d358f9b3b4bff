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
LEAST_TIMES, MOST_CALLS = 10, 60_000


class Larger:
    """How often the larger and the smaller one of two critics were taken.

    A critic is known by its last layer: outputs of two linear layers of one shape are combined.
    """

    def __init__(self) -> None:
        self._outputs: deque[tuple[Any, int]] = deque(maxlen=REMEMBERED)
        self._joined: deque[tuple[Any, frozenset[int]]] = deque(maxlen=REMEMBERED)
        self._taken: Counter[tuple[str, frozenset[int]]] = Counter()
        self._calls = 0
        self.remove: Callable[[], None] = lambda: None

    def after_layer(self, layer: Any, _: Any, output: Any) -> None:
        """A layer was called."""
        self._calls += 1
        if self._calls == MOST_CALLS:
            self.remove()
        if type(layer).__name__ == "Linear" and len(output) >= LEAST_BATCH:
            self._outputs.append((output, id(layer.weight)))

    def _layer_of(self, tensor: Any) -> int | None:
        """The layer that gave a tensor, or what it is a view of."""
        for output, layer in reversed(self._outputs):
            if output.data_ptr() == tensor.data_ptr() and output.numel() == tensor.numel():
                return int(layer)
        return None

    def _critics(self, tensors: Any) -> frozenset[int]:
        """The layers of which the tensors are outputs, if each is one of another layer; empty otherwise."""
        found = [self._layer_of(one) for one in tensors]
        layers = frozenset(one for one in found if one is not None)
        return layers if 1 < len(layers) == len(found) else frozenset()

    def joins(self, tensors: Any, joined: Any) -> None:
        """Tensors were stacked or put side by side."""
        if critics := self._critics(tensors):
            self._joined.append((joined, critics))

    def takes(self, which: str, tensors: tuple[Any, ...]) -> None:
        """The larger (``max``) or smaller (``min``) of one or two tensors is taken."""
        tensor = tensors[0]
        if len(tensors) == 1:
            critics = next((known for one, known in self._joined if one is tensor), frozenset[int]())
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
            for owner in (torch, torch.Tensor):
                plain = getattr(owner, name, None)
                if plain is not None:
                    patches.put(owner, name, _taking(plain, which, seen, torch.Tensor))
    for name in ("stack", "cat", "concat", "concatenate"):
        patches.put(torch, name, _joining(getattr(torch, name), seen))
    layers = torch.nn.modules.module
    handle = layers.register_module_forward_hook(quietly(seen.after_layer))
    seen.remove = handle.remove
    try:
        yield seen
    finally:
        handle.remove()
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
