"""Watch whether a network is copied onto itself."""

from __future__ import annotations

import contextlib
import functools
import sys
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.training.torch_calls.backward import quietly
from rlprobe.monitors.hooks.patches import Patches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_STEPS = 200
"""Steps of optimizers whose parameters are noted."""
LEAST_COPIES = 2
SHARES = "target-shares-weights"


class Copies:
    """What was seen of ``load_state_dict``, and of the parameters that optimizers hold."""

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._onto_itself: dict[int, int] = {}
        self._steps = 0

    def before_step(self, optimizer: Any, *_: Any) -> None:
        """An optimizer is about to step."""
        self._steps += 1
        if self._steps <= MOST_STEPS:
            self._held |= {id(p) for group in optimizer.param_groups for p in group["params"]}

    def copies(self, module: Any, given: Any) -> None:
        """A network is about to take the weights ``given``, by name."""
        own = dict(module.named_parameters())
        same = [name for name, p in own.items() if name in given and given[name].data_ptr() == p.data_ptr()]
        if own and len(same) == len(own):
            key = id(own[same[0]])
            self._onto_itself[key] = self._onto_itself.get(key, 0) + 1

    @property
    def observed(self) -> dict[str, str]:
        """A sentence for each fault that was seen."""
        times = max((n for key, n in self._onto_itself.items() if key in self._held), default=0)
        if times < LEAST_COPIES:
            return {}
        return {SHARES: f"the network that is trained was given its own weights, {times} times"}


@contextlib.contextmanager
def copies_seen() -> Iterator[Copies]:
    """Record meanwhile which networks are copied."""
    seen = Copies()
    torch = sys.modules.get("torch")
    if torch is None:
        yield seen
        return
    patches = Patches()
    patches.put(torch.nn.Module, "load_state_dict", _load(torch.nn.Module.load_state_dict, seen))
    optimizers = sys.modules["torch.optim.optimizer"]
    patches.on_removal(optimizers.register_optimizer_step_pre_hook(quietly(seen.before_step)).remove)
    try:
        yield seen
    finally:
        patches.remove()


def _load(plain: Callable[..., Any], seen: Copies) -> Callable[..., Any]:
    @functools.wraps(plain)
    def load_state_dict(self: Any, state_dict: Any, *args: Any, **kwargs: Any) -> Any:
        quietly(seen.copies)(self, state_dict)
        return plain(self, state_dict, *args, **kwargs)

    return load_state_dict
