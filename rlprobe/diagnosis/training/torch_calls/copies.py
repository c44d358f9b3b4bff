"""Watch whether a network is copied onto itself, and how far target networks follow."""

from __future__ import annotations

import contextlib
import functools
import sys
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.training.torch_calls.backward import quietly
from rlprobe.diagnosis.training.torch_calls.optimizers.weights import all_parameters, handy, share_of_way
from rlprobe.monitors.hooks.patches import Patches

if TYPE_CHECKING:
    import weakref
    from collections.abc import Callable, Iterator

MOST_STEPS = 200
"""Steps of optimizers whose parameters are noted."""
LEAST_COPIES, LEAST_UNDONE = 2, 3
FOLLOWED_FROM_STEP, MOST_TWINS, LEAST_FOLLOWED = 3, 6, 20
"""Copies of a trained parameter are looked for after so many steps of an optimizer, so many of them are
followed, and after so many steps it is said how far they go."""
NEARLY_ALL = 0.9, 0.9997
"""A soft update that goes so much of the way has tau and 1 - tau in each other's place; 1 is a plain copy."""
SHARES, REVERSED = "target-shares-weights", "target-update-reversed"


class Copies:
    """What was seen of ``load_state_dict``, and of the parameters that optimizers hold."""

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._onto_itself: dict[int, int] = {}
        self._given: dict[int, list[float]] = {}
        """Sums of the weights of another network that a network was given, where they differ from its own."""
        self._own_copies: set[int] = set()
        self._steps = 0
        self._parameters: list[weakref.ref[Any]] = []
        self._twins: dict[int, list[Any]] = {}
        self._placed: dict[int, list[Any]] = {}
        self._followed: dict[tuple[int, int], list[float]] = {}

    def before_step(self, optimizer: Any, *_: Any) -> None:
        """An optimizer is about to step."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            return
        params = [p for group in optimizer.param_groups for p in group["params"]]
        self._held |= {id(p) for p in params}
        trained = handy(params)
        twins, placed = (known.get(id(optimizer), []) for known in (self._twins, self._placed))
        for twin, before in zip(twins, placed, strict=True):
            if bool((twin.detach() != before).any()):
                key = id(optimizer), id(twin)
                self._followed.setdefault(key, []).append(share_of_way(before, twin, trained))

    def after_step(self, optimizer: Any, *_: Any) -> None:
        """An optimizer has stepped: keep where the copies of its parameter are."""
        if not FOLLOWED_FROM_STEP <= self._steps <= MOST_STEPS:
            return
        if id(optimizer) not in self._twins:
            own = handy([p for group in optimizer.param_groups for p in group["params"]])
            self._parameters = self._parameters or all_parameters()  # looked for once: it takes long
            alive = (one() for one in self._parameters)
            twins = [p for p in alive if p is not None and p.shape == own.shape and id(p) not in self._held]
            self._twins[id(optimizer)] = twins[:MOST_TWINS]
        self._placed[id(optimizer)] = [p.detach().clone() for p in self._twins[id(optimizer)]]

    def copies(self, module: Any, given: Any) -> None:
        """A network is about to take the weights ``given``, by name."""
        own = dict(module.named_parameters())
        same = [name for name, p in own.items() if name in given and given[name].data_ptr() == p.data_ptr()]
        if own and len(same) == len(own):
            key = id(own[same[0]])
            self._onto_itself[key] = self._onto_itself.get(key, 0) + 1
        elif own and own.keys() <= given.keys() and not same:
            sums = [sum(float(ps[name].detach().sum()) for name in own) for ps in (own, given)]
            key = id(next(iter(own.values())))
            if sums[0] != sums[1] and key not in self._own_copies:
                self._note(key, sums[1], own, given)

    def _note(self, key: int, number: float, own: Any, given: Any) -> None:
        """Note the weights of another network, if they are: an evolution strategy goes back to copies."""
        known = self._given.setdefault(key, [])
        known.append(number)
        if len(known) == LEAST_UNDONE and key in self._held and not _is_of_a_network(given, own):
            self._own_copies.add(key)
            known.clear()

    @property
    def observed(self) -> dict[str, str]:
        """A sentence for each fault that was seen."""
        times = max((n for key, n in self._onto_itself.items() if key in self._held), default=0)
        if times >= LEAST_COPIES:
            return {SHARES: f"the network that is trained was given its own weights, {times} times"}
        kept = (given for key, given in self._given.items() if key in self._held and len({*given}) == 1)
        undone = max(map(len, kept), default=0)
        if undone >= LEAST_UNDONE:
            return {
                REVERSED: f"the network that is trained was given the weights of another one {undone} times, "
                "and these never changed: they are copied the wrong way round"
            }
        return self._nearly_all()

    def _nearly_all(self) -> dict[str, str]:
        low, high = NEARLY_ALL
        for (_, twin), parts in self._followed.items():
            known = [p for p in parts if p]  # of a way too short for its digits nothing is known
            if twin not in self._held and len(known) >= LEAST_FOLLOWED and all(low < p < high for p in known):
                return {
                    REVERSED: f"in each of {len(known)} soft updates, the target network went "
                    f"{known[-1]:.3g} of the way to the trained one: tau and 1 - tau are swapped"
                }
        return {}


def _is_of_a_network(given: Any, own: Any) -> bool:
    """Whether weights belong to a network, and are no copies."""
    alive = (one() for one in all_parameters())
    pointers = {one.data_ptr() for one in alive if one is not None}
    return any(given[name].data_ptr() in pointers for name in own)


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
    patches.on_removal(optimizers.register_optimizer_step_post_hook(quietly(seen.after_step)).remove)
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
