"""Watch what losses are made of, and name the faults that show in their graphs."""

from __future__ import annotations

import contextlib
import functools
import importlib
import sys
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.training.torch_calls.backward import quietly
from rlprobe.diagnosis.training.torch_calls.critics.errors import Errors, errors_in, pairs_all
from rlprobe.diagnosis.training.torch_calls.critics.held_twice import HeldTwice
from rlprobe.diagnosis.training.torch_calls.critics.masses import loses_mass
from rlprobe.diagnosis.training.torch_calls.critics.targets import trains_target
from rlprobe.diagnosis.training.torch_calls.critics.two_passes import trained_discount, twice_passed
from rlprobe.monitors.hooks.patches import Patches
from rlprobe.monitors.hooks.torch_calls import kinds_of_distributions
from rlprobe.monitors.losses.advantages import critics_in_advantages
from rlprobe.monitors.losses.graph import parameters_of
from rlprobe.monitors.losses.losses import ACTOR, ENTROPY, LARGEST, SOFTMAX, Losses, maximises
from rlprobe.monitors.losses.outputs import limit_of_critic
from rlprobe.monitors.losses.value_clips import wrong_value_clip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LEAST_LOSSES = 5
"""So many losses have to show the same."""
SAME_DISCOUNT = 0.02
"""The discounts that losses show differ by less: other gradients of opposite signs are no TD errors."""
FAULT_OF = {
    SOFTMAX: "softmax-twice",
    LARGEST: "largest-value-trained",
    ACTOR: "sign-flipped",
    ENTROPY: "entropy-bonus-sign",
}
"""Faults that a monitored run finds too, by the id that it gives them."""
CLIPPED, THROUGH, NEXT = "td-error-clipped", "actor-gradient-in-critic", "bootstrap-target-not-detached"
AXIS, DUELING, LIMITED = "softmax-over-batch", "dueling-axis", "critic-output-limited"
MASS, PAIRED, CLIP = "distribution-mass-lost", "loss-broadcast", "value-clip"
WORDS = {
    AXIS: "a softmax was taken over the first axis of a table of two: over the observations, not the actions",
    DUELING: "from values of several actions, their mean over the observations of the batch was subtracted",
    MASS: "probabilities of a target distribution add up to less than 1",
    PAIRED: "each of N predictions was compared with each of N targets: `(N, 1)` and `(N,)` become `(N, N)`",
    LIMITED: "what is compared with the target is the {how} of the last layer of a critic",
    CLIP: "{how}",
    CLIPPED: "differences were clipped, and then their squares or sizes were the loss: large ones have no "
    "gradient",
    THROUGH: "{how}",
    NEXT: "{how}",
}
OF_LOG_PROBS = "the optimizer of the critic steps along the gradient of log-probabilities times advantages"
OF_VALUES = "the optimizer of the actor holds the critic too, and steps along the gradient of its values"
AT_BOTH = "the gradient of the loss at the next value is that at the value, times minus the discount"
IN_TARGET = "the target has a gradient, and it flows to the network whose value is compared with it"


class LossGraphs:
    """What was seen of losses.

    Losses are read before their gradients are computed, and judged when the next optimizer steps: then it is
    known which parameters they train.
    """

    def __init__(self) -> None:
        self.monitored = Losses()
        self.errors = Errors()
        self.count = 0
        self.maximised = False
        """Whether an optimizer stepped up its loss: signs in losses then say nothing."""
        self._how: dict[str, str] = {}
        self._times: Counter[str] = Counter()
        self._discounts: list[float] = []
        self._critics: set[Any] = set()
        self._twice: list[tuple[Any, Any, list[Any]]] = []
        self._held_twice = HeldTwice()

    def before_backward(self, loss: Any, place: tuple[int, int]) -> None:
        """The gradients of a loss are about to be computed at a place of the code."""
        self.count += 1
        if not self.monitored.due(place):
            return
        graph = self.monitored.before_backward(loss, self.count, place)
        if graph is None:
            return
        errors = errors_in(loss.grad_fn)
        self.errors.listen(errors)
        self._times[CLIPPED] += graph.clipped_error
        for name, how in (
            (LIMITED, limit_of_critic(loss.grad_fn)),
            (CLIP, wrong_value_clip(loss.grad_fn)),
        ):
            if how:
                self._times[name] += 1
                self._how[name] = how
        self._held_twice.before_backward([layer.node for layer in graph.layers], has_errors=bool(errors))
        if trains_target(errors):
            self._times[NEXT] += 1
            self._how[NEXT] = IN_TARGET
        self._times[PAIRED] += pairs_all(loss.grad_fn)
        self._times[MASS] += loses_mass(loss.grad_fn)
        self._times[AXIS] += graph.softmax_over_batch
        self._times[DUELING] += graph.centred_over_batch
        self._critics |= critics_in_advantages(loss.grad_fn)
        for one, other in twice_passed([layer.node for layer in graph.layers]):
            given: list[Any] = []
            for node in (one, other):
                node.register_prehook(partial(_keep, node, given))
            self._twice.append((one, other, given))

    def before_update(self, optimizer: Any, *_: Any) -> None:
        """An optimizer is about to step."""
        self.maximised = self.maximised or maximises(optimizer)
        if self.monitored.waiting:
            self.monitored.before_update(optimizer)
        if not self._critics and not self._twice and not self._held_twice.waiting:
            return
        held = {id(p) for group in optimizer.param_groups for p in group["params"]}
        self._held_twice.before_update(optimizer, held)
        critics, self._critics = self._critics, set()
        self._times[THROUGH] += any(parameters_of(node)[0] & held for node in critics)
        pairs, self._twice = self._twice, []
        for one, other, given in pairs:
            gradients = dict(given)
            if len(gradients) == 2 and parameters_of(one)[0] & held:
                discount = trained_discount(gradients[one], gradients[other])
                self._discounts += [] if discount is None else [discount]

    @property
    def observed(self) -> dict[str, str]:
        """A sentence for each fault that was seen."""
        found = {FAULT_OF[one.id]: one.evidence for one in self.monitored.judge() if one.id in FAULT_OF}
        same = self._discounts and max(self._discounts) - min(self._discounts) < SAME_DISCOUNT
        times_of, how = Counter(self._times), {NEXT: AT_BOTH, THROUGH: OF_LOG_PROBS, **self._how}
        if times_of[NEXT] < LEAST_LOSSES and same and max(self._discounts):
            times_of[NEXT], how[NEXT] = len(self._discounts), AT_BOTH
        if times_of[THROUGH] < LEAST_LOSSES:
            times_of[THROUGH], how[THROUGH] = self._held_twice.times, OF_VALUES
        for name, times in times_of.items():
            if times >= LEAST_LOSSES:
                found[name] = f"in {times} losses, {WORDS[name].format(how=how.get(name))}"
        return found


def _keep(node: Any, given: list[Any], gradients: Any) -> None:
    """Keep the gradient that reaches a node."""
    given.append((node, gradients[0]))


@contextlib.contextmanager
def losses_seen() -> Iterator[LossGraphs]:
    """Record meanwhile what losses are made of, those that ``before_backward`` is called with."""
    seen = LossGraphs()
    torch = sys.modules.get("torch")
    if torch is None:
        yield seen
        return
    patches = Patches()
    for cls in kinds_of_distributions(torch):
        plain = vars(cls).get("entropy")
        if callable(plain):
            patches.put(cls, "entropy", _entropy(plain, seen))
    optimizers = importlib.import_module("torch.optim.optimizer")
    patches.on_removal(optimizers.register_optimizer_step_pre_hook(quietly(seen.before_update)).remove)
    try:
        yield seen
    finally:
        patches.remove()


def _entropy(plain: Callable[..., Any], seen: LossGraphs) -> Callable[..., Any]:
    @functools.wraps(plain)
    def entropy(self: Any, *args: Any, **kwargs: Any) -> Any:
        seen.monitored.entropy = result = plain(self, *args, **kwargs)
        return result

    return entropy
