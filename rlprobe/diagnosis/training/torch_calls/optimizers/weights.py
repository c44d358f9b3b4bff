"""Watch whether the weights that get gradients also move, and whether something else overwrites them."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import sys
import weakref
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.training.torch_calls.backward import quietly
from rlprobe.diagnosis.training.torch_calls.optimizers.trained import LEAST_STEPS, Trained, is_among
from rlprobe.monitors.hooks.patches import Patches
from rlprobe.monitors.losses.graph import nodes_above

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_STEPS = 4_000
"""Steps of all optimizers that are looked at: a network may be copied only every few hundred."""
MOST_NODES = 1_600
"""Of the graph of one loss."""
LEAST_LOSSES, MOST_LOSSES = 8, 60
"""Losses whose gradients are looked at."""
LEAST_GRADIENT = 1e-6
"""Smaller ones, as of a saturated softmax, may be too small to change a number in single precision."""
LEAST_NUMBERS = 4
"""A parameter with fewer may be between two others by chance."""
LEAST_OVERWRITTEN, MOST_LOOKS = 3, 6
"""Times that a parameter was moved towards the same other one."""
MOST_ASKED = 500
"""Parameters of which it is kept that their gradients were asked for."""
SAME_WITHIN = 1e-3


class Weights:
    """What was seen of the parameters that losses reach, and of those that optimizers hold."""

    def __init__(self) -> None:
        self._trained: dict[int, Trained] = {}
        self._first: dict[int, tuple[Any, Any]] = {}
        self._reached: Counter[int] = Counter()
        self._losses = self._looks = self._steps = 0
        self._towards: Counter[int] = Counter()
        self._hooks: list[Any] = []
        self._asked: set[int] = set()
        self._others: list[weakref.ref[Any]] | None = None

    def before_backward(self, loss: Any, _: tuple[int, int]) -> None:
        """The gradients of a loss are about to be computed."""
        while self._hooks:  # a parameter's node may outlive the loss
            self._hooks.pop().remove()
        if self._losses >= MOST_LOSSES or loss.grad_fn is None:
            return
        self._losses += 1
        for node in nodes_above(loss.grad_fn, layers_end=False, most=MOST_NODES):
            parameter = getattr(node, "variable", None)
            if parameter is None:
                continue
            self._first.setdefault(id(parameter), (parameter, parameter.detach().clone()))
            self._hooks.append(node.register_prehook(partial(self._arrives, id(parameter))))

    def _arrives(self, key: int, gradients: Any) -> None:
        self._reached[key] += gradients[0] is not None and float(gradients[0].abs().max()) > LEAST_GRADIENT

    def asked(self, inputs: Any) -> None:
        """Gradients are computed, and not added up: a trust region moves parameters by its own rule."""
        if len(self._asked) < MOST_ASKED:
            self._asked.update(map(id, [inputs] if hasattr(inputs, "grad_fn") else inputs))

    def before_step(self, optimizer: Any, *_: Any) -> None:
        """An optimizer is about to step."""
        if self._steps >= MOST_STEPS:
            return
        self._steps += 1
        params = [p for group in optimizer.param_groups for p in group["params"]]
        known = self._trained.get(id(optimizer))
        if known is None:
            known = self._trained[id(optimizer)] = Trained(handy(params))
        if known.steps < LEAST_STEPS:
            known.look(params)
            known.empty += self._without_gradient(params)
        else:
            known.steps += 1
        before, now = known.after, known.parameter.detach()
        if before is not None and self._looks < MOST_LOOKS and not bool((before == now).all()):
            self._looks += 1
            self._towards.update(self._sources(known.parameter, before))

    def _sources(self, parameter: Any, before: Any) -> list[int]:
        """Identities of the parameters towards which one was moved: all the way, or a part of it."""
        if parameter.numel() < LEAST_NUMBERS:
            return []
        if self._others is None:
            self._others = all_parameters()
        alive = (one() for one in self._others)
        return [id(p) for p in alive if p is not None and p is not parameter and _leads(parameter, before, p)]

    def _without_gradient(self, params: list[Any]) -> bool:
        """Whether there is no gradient: none was computed, or one was and has been cleared."""
        if any(p.grad is not None and bool(p.grad.any()) for p in params):
            return False
        return all(p.grad is None for p in params) or any(self._reached[id(p)] for p in params)

    def after_step(self, optimizer: Any, *_: Any) -> None:
        """An optimizer has stepped."""
        if self._steps >= MOST_STEPS:
            return
        held = {id(p) for group in optimizer.param_groups for p in group["params"]}
        for one in self._trained.values():
            if id(one.parameter) in held:
                one.after = one.parameter.detach().clone()

    @property
    def observed(self) -> dict[str, str]:
        """A sentence for each fault that was seen."""
        if said := self._overwritten():
            return {"target-update-reversed": said}
        said = self._unmoved() or self._empty()
        return {"parameters-not-optimised": said} if said else {}

    @property
    def idle(self) -> str:
        """A sentence if some matrices of an optimizer never had a gradient, unless they began as copies.

        That alone is no fault: a network may have an output that nobody uses. Nor is it said of matrices
        whose gradients are asked for.
        """
        return next((one.said for one in self._unused), "")

    @property
    def idle_twin(self) -> str:
        """The same, if all of them have the shapes of others that are trained, as a second critic has."""
        twins = (one for one in self._unused if not (one.unused - one.shapes))
        return next((one.said for one in twins), "")

    @property
    def _unused(self) -> list[Trained]:
        every = self._trained.values()
        return [one for one in every if one.unused and self._asked.isdisjoint(map(id, one.idle))]

    def _overwritten(self) -> str:
        times = max(self._towards.values(), default=0)
        if times < LEAST_OVERWRITTEN:
            return ""
        return (
            "between two steps of an optimizer, weights that it trains were moved towards those of another "
            f"network (in {times} of the {self._looks} times that were looked at)"
        )

    def _unmoved(self) -> str:
        """A sentence if gradients reach parameters that stay as they are; those of a copy are meant to.

        A copy begins with the matrices of another network; vectors alone, as a standard deviation, are none.
        """
        still, moved = [], []
        for key, (parameter, first) in self._first.items():
            if bool((parameter.detach() != first).any()):
                moved.append(first)
            elif self._reached[key] >= LEAST_LOSSES and parameter.numel() > 1:
                still.append(first)
        matrices = [one for one in still if one.dim() > 1]
        if not still or (matrices and all(is_among(one, moved) for one in matrices)):
            return ""
        shapes = Counter(tuple(one.shape) for one in still)
        listed = ", ".join(str(shape) for shape in list(shapes)[:4])
        return (
            f"losses had gradients for {len(still)} parameters that never changed (of shapes {listed}): they "
            "are in no optimizer, or it does not step while their gradients are there"
        )

    def _empty(self) -> str:
        reached = any(self._reached.values())
        for one in self._trained.values():
            if reached and one.steps >= LEAST_STEPS and one.empty == LEAST_STEPS:
                return f"an optimizer took {one.steps} steps, and its parameters never had a gradient"
        return ""


def handy(params: list[Any]) -> Any:
    """The smallest parameter that has enough numbers to be recognised."""
    return min(params, key=lambda p: (p.numel() < LEAST_NUMBERS, p.numel()))


def all_parameters() -> list[weakref.ref[Any]]:
    """The parameters of all networks that there are.

    Those that were set aside with ``gc.freeze`` are not among the objects that the collector lists.
    """
    kind = sys.modules["torch"].nn.Parameter
    frozen = gc.get_freeze_count() > 0
    if frozen:
        gc.unfreeze()
    found = [weakref.ref(one) for one in gc.get_objects() if type(one) is kind]
    if frozen:
        gc.freeze()
    return found


def _leads(parameter: Any, before: Any, other: Any) -> bool:
    """Whether a parameter was moved from where it was before towards another one."""
    if other.shape != before.shape or float((other.detach() - before).abs().max()) < SAME_WITHIN:
        return False
    return share_of_way(before, parameter, other) > 0.0


def share_of_way(before: Any, now: Any, goal: Any) -> float:
    """How much of the way from ``before`` to ``goal`` a tensor went straight on; 0 if it went elsewhere."""
    way, moved = (goal.detach() - before).double(), (now.detach() - before).double()
    if not bool(way.any()):
        return 0.0
    share = float((way * moved).sum() / way.square().sum())
    straight = float((moved - share * way).abs().max()) < SAME_WITHIN * share * float(way.abs().max())
    return share if straight else 0.0


@contextlib.contextmanager
def weights_seen() -> Iterator[Weights]:
    """Record meanwhile what happens to parameters; ``before_backward`` has to be called with each loss."""
    seen = Weights()
    if "torch" not in sys.modules:
        yield seen
        return
    module, patches = importlib.import_module("torch.optim.optimizer"), Patches()
    patches.on_removal(module.register_optimizer_step_pre_hook(quietly(seen.before_step)).remove)
    patches.on_removal(module.register_optimizer_step_post_hook(quietly(seen.after_step)).remove)
    autograd, heard = sys.modules["torch.autograd"], quietly(seen.asked)
    plain = autograd.grad

    @functools.wraps(plain)
    def grad(outputs: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        inputs = inputs if hasattr(inputs, "grad_fn") else tuple(inputs)  # it may be read once only
        heard(inputs)
        return plain(outputs, inputs, *args, **kwargs)

    patches.put(autograd, "grad", grad)
    try:
        yield seen
    finally:
        patches.remove()
