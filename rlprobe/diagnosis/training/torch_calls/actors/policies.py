"""Watch what losses do with log-probabilities of actions: ratios, sums over components, squashed actions."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.training.torch_calls.backward import quietly
from rlprobe.monitors.hooks.patches import Patches
from rlprobe.monitors.hooks.torch_calls import kinds_of_distributions
from rlprobe.monitors.losses.graph import is_layer, nodes_above, parameters_of
from rlprobe.monitors.losses.log_probs import (
    actions_at,
    is_corrected,
    log_prob_nodes,
    ratios,
    squashed_below,
    unsummed,
    upside_down,
    users_of,
    without_exponential,
)
from rlprobe.monitors.losses.pushes import Pushes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST_LOSSES, MOST_OF_ROLLOUT = 120, 6
"""Losses that are looked at: in all, and those with ratios after each rollout."""
MOST_WITHOUT = 24
"""Losses at a place of the code that are looked at if they have no ratios."""
MOST_KEPT = 8
"""Results of ``log_prob`` that one loss may use."""
LEAST_LOSSES, LEAST_LATER, LEAST_FIRST = 5, 12, 3
EXACTLY, FAR_FROM_ONE = 1e-6, 0.02
LEAST_PARTLY, PARTLY_SHARE, PARTLY_FAR = 8, 0.5, 0.05
"""Ratios are wrong too if in so many first losses, and in this share of them, one is so far from 1: those of
other actions are 1 where both have the same probability."""
RATIO, SUMMED, SQUASHED, ENTROPY = (
    "ratio-wrong",
    "log-prob-not-summed",
    "tanh-correction-missing",
    "entropy-bonus-sign",
)
WORDS = {
    SUMMED: "log-probabilities of single components of an action are not added up: ",
    SQUASHED: "the critic gets tanh of a sample, but the entropy term has the density of the sample "
    "itself, without the correction for tanh",
    ENTROPY: "the loss of the actor falls with the log-probability of its own actions: their entropy falls",
}


class Policies:
    """What was seen of the losses of policies.

    Args:
        components: gives the numbers in one action; 0 for discrete ones.
        steps: the environment steps so far, where actions matter; None where a policy may stand still.
        pays: the reward of each action, where an episode is one step from one state; None elsewhere.
    """

    def __init__(
        self,
        components: Callable[[], int],
        steps: Callable[[], int] | None,
        pays: Sequence[float] | None = None,
    ) -> None:
        self._components, self._steps = components, steps
        self.pushes = Pushes(pays)
        self.acts_by_chance = False
        self._taken: list[tuple[Any, Any]] = []
        self._losses = self._acted = self._of_rollout = 0
        self._looked: Counter[tuple[int, int]] = Counter()
        self._with_ratios: set[tuple[int, int]] = set()
        self._stepped: set[int] = set()
        self._first: list[tuple[bool, bool]] = []
        self._later: list[bool] = []
        self._times: Counter[str] = Counter()
        self._against: set[str] = set()
        self._how: dict[str, str] = {}
        self._waiting: list[tuple[list[Any], bool, list[Any]]] = []

    def took(self, value: Any, result: Any) -> None:
        """A log-probability was computed of ``value``."""
        self.acts_by_chance = True
        if result.grad_fn is not None and self._losses < MOST_LOSSES:
            self._taken = [*self._taken[1 - MOST_KEPT :], (result.grad_fn, value)]

    def before_backward(self, loss: Any, place: tuple[int, int]) -> None:
        """The gradients of a loss are about to be computed at a place of the code."""
        taken, self._taken = self._taken, []
        if self._losses >= MOST_LOSSES or self._looked[place] >= MOST_WITHOUT or loss.grad_fn is None:
            return
        if self._steps is not None:
            if self._acted != (acted := self._steps()):
                self._acted, self._of_rollout, self._stepped = acted, 0, set()
            if self._of_rollout >= MOST_OF_ROLLOUT and place in self._with_ratios:
                return
        self._looked[place] += 1
        self._losses += 1
        users = users_of(loss.grad_fn)
        known = dict(taken)
        if self._steps is not None:
            self.pushes.listen([(node, actions_at(node, known)) for node in log_prob_nodes(users, known)])
            found = list(ratios(users, known))
            if found:
                self._looked[place] = 0
                self._with_ratios.add(place)
                self._of_rollout += 1
            self._ratios(found)
            if said := without_exponential(users, known) or upside_down(users, known):
                self._note(RATIO, f"{said}; the ratio of probabilities is exp(new - old)")
        for node, value in taken:
            if node not in users:
                continue
            if (wide := self._components()) > 1:
                how = unsummed(node, users, wide)
                self._note(SUMMED, WORDS[SUMMED] + how) if how else self._against.add(SUMMED)
            if value.requires_grad:
                layers = [one for one in users if is_layer(one)]
                given: list[Any] = []
                node.register_prehook(partial(_keep, given))
                self._waiting.append((layers, is_corrected(users), given))

    def _ratios(self, found: list[Any]) -> None:
        """Ratios are 1 before the first update of the policy on a rollout, and not later."""
        for node in found:
            off = (node._saved_result.detach() - 1.0).abs()  # noqa: SLF001 - of the graph
            layers = [one for one in nodes_above(node, layers_end=True) if is_layer(one)]
            later = any(parameters_of(layer)[1] & self._stepped for layer in layers)
            node.register_prehook(partial(self._weigh, off, later))

    def _weigh(self, off: Any, later: bool, gradients: Any) -> None:
        """Keep how far ratios are off 1, those that the loss uses: padded steps get no gradient."""
        used = off[gradients[0] != 0]
        if not used.numel():
            return
        if later:
            self._later.append(float(used.max()) < EXACTLY)
        else:
            self._first.append((float(used.median()) > FAR_FROM_ONE, float(used.max()) > PARTLY_FAR))

    def before_update(self, optimizer: Any, *_: Any) -> None:
        """An optimizer is about to step: whether the loss goes through a critic that it does not hold."""
        if self._losses >= MOST_LOSSES and not self._waiting:
            return
        held = {id(p) for group in optimizer.param_groups for p in group["params"]}
        self._stepped |= held
        waiting, self._waiting = self._waiting, []
        for layers, corrected, given in waiting:
            critics = [one for one in layers if _leads_to(one, held)]
            if not critics:
                continue
            if any(map(squashed_below, critics)):
                self._against.add(SQUASHED) if corrected else self._note(SQUASHED, WORDS[SQUASHED])
            for gradient in given:
                lowers = bool((gradient <= 0).all()) and bool((gradient < 0).any())
                self._note(ENTROPY, WORDS[ENTROPY]) if lowers else self._against.add(ENTROPY)

    def _note(self, name: str, how: str) -> None:
        self._times[name] += 1
        self._how[name] = how

    @property
    def _first_are_wrong(self) -> bool:
        """Whether ratios are not 1 before the first update of the policy on a rollout."""
        far, partly = ([first[i] for first in self._first] for i in (0, 1))
        wrong = len(far) >= LEAST_FIRST and all(far)
        return wrong or (len(partly) >= LEAST_PARTLY and sum(partly) >= PARTLY_SHARE * len(partly))

    @property
    def observed(self) -> dict[str, str]:
        """A sentence for each fault that was seen."""
        found = {
            name: f"in {times} losses, {self._how[name]}"
            for name, times in self._times.items()
            if times >= LEAST_LOSSES and name not in self._against
        }
        if len(self._later) >= LEAST_LATER and all(self._later):
            found[RATIO] = (
                f"in {len(self._later)} losses after an update, the ratio of new to old probabilities was "
                "exactly 1: the old ones are computed anew"
            )
        elif self._first_are_wrong:
            found[RATIO] = (
                f"in the first losses on {len(self._first)} rollouts, before any update, the ratio of new to "
                "old probabilities was not 1: the old ones are those of another policy or action"
            )
        return found


def _keep(given: list[Any], gradients: Any) -> None:
    """Keep the gradient that reaches log-probabilities."""
    if gradients[0] is not None:
        given.append(gradients[0].detach().clone())


def _leads_to(layer: Any, held: set[int]) -> bool:
    """Whether a layer is not held by an optimizer that holds what it depends on."""
    own, every = parameters_of(layer)
    return not own & held and bool(every & held)


@contextlib.contextmanager
def policies_seen(
    components: Callable[[], int], steps: Callable[[], int] | None, pays: Sequence[float] | None
) -> Iterator[Policies]:
    """Record meanwhile what losses do with log-probabilities; ``before_backward`` is called with each.

    Args:
        components: gives the numbers in one action; 0 for discrete ones.
        steps: as for ``Policies``.
        pays: likewise.
    """
    seen = Policies(components, steps, pays)
    torch = sys.modules.get("torch")
    if torch is None:
        yield seen
        return
    patches = Patches()
    for cls in kinds_of_distributions(torch):
        plain = vars(cls).get("log_prob")
        if callable(plain):
            patches.put(cls, "log_prob", _log_prob(plain, seen))
    optimizers = sys.modules["torch.optim.optimizer"]
    patches.on_removal(optimizers.register_optimizer_step_pre_hook(quietly(seen.before_update)).remove)
    try:
        yield seen
    finally:
        patches.remove()


def _log_prob(plain: Callable[..., Any], seen: Policies) -> Callable[..., Any]:
    @functools.wraps(plain)
    def log_prob(self: Any, value: Any, *args: Any, **kwargs: Any) -> Any:
        result = plain(self, value, *args, **kwargs)
        with contextlib.suppress(Exception):
            seen.took(value, result)
        return result

    return log_prob
