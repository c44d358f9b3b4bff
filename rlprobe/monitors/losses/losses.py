"""Judge what losses are made of, on a sample of the calls of ``backward``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.monitors.findings.finding import Finding
from rlprobe.monitors.losses.clearing import Clearing
from rlprobe.monitors.losses.graph import parameters_of, read
from rlprobe.monitors.pace import Pace
from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from rlprobe.monitors.losses.clearing import Place
    from rlprobe.monitors.losses.graph import Layer, Loss

FEWEST = 5
"""Losses that have to look alike."""
MOST_PLACES = 32
"""Of the code, at which ``backward`` is called."""
SAME_WITHIN = 1e-3
SHAPES, SOFTMAX, LARGEST = "shapes-broadcast", "softmax-twice", "only-the-largest-is-trained"
ACTOR, ENTROPY = "actor-lowers-the-value", "entropy-is-punished"
CLEARED = "gradients-never-cleared"


class Losses:
    """Looks at the first losses, then at ever fewer.

    What a loss does to an output is read from the gradient that ``backward`` gives it anyway. ``entropy`` is
    what was computed last of a distribution.
    """

    def __init__(self) -> None:
        self._paces: dict[Place, Pace] = {}
        self.clearing = Clearing()
        self._step = 0
        self.entropy: Any = None
        self._times: dict[str, int] = {}
        self._against: set[str] = set()
        self._since: dict[str, int] = {}
        self._words: dict[str, tuple[str, float]] = {}
        self._layers: list[tuple[Layer, list[Any]]] = []

    def due(self, place: Place) -> bool:
        """Gradients are about to be computed at a place of the code; whether the loss is to be looked at."""
        if self.clearing.looks_at == place:
            self.clearing.before_backward()
        pace = self._paces.get(place)
        if pace is None:
            if len(self._paces) >= MOST_PLACES:
                return False
            pace = self._paces[place] = Pace(first=8, every=17, per_fold=10)
        return pace.due()

    def before_backward(self, loss: Any, step: int, place: Place = (0, 0)) -> Loss | None:
        """Look at a loss of which gradients are about to be computed, at environment step ``step``.

        Returns:
            What its graph says; None if it has none.
        """
        entropy, self.entropy = getattr(self.entropy, "grad_fn", None), None
        self._layers, self._step, self.clearing.place = [], step, place
        if loss.grad_fn is None:
            return None
        one = read(loss.grad_fn)
        if one.outer is not None:
            n = one.outer[0]
            self._note(SHAPES, step, f"shapes of {n} and {n} numbers broadcast to {n} x {n}", float(n))
        if one.softmax_twice:
            self._note(SOFTMAX, step, "softmax is applied to probabilities", 2.0)
        if one.only_largest:
            self._note(LARGEST, step, "the loss trains only the largest action value", 1.0)
        elif one.layers:
            self._against.add(LARGEST)
        for layer in one.layers:
            gradients: list[Any] = []
            layer.node.register_prehook(lambda given, kept=gradients: kept.append(given[0]))
            self._layers.append((layer, gradients))
        if entropy is not None:
            entropy.register_prehook(lambda given: self._see_entropy(given[0], step))
        for product in one.entropies:  # of minus the entropy
            product.register_prehook(lambda given: self._see_entropy(-given[0], step))
        return one

    def _see_entropy(self, gradient: Any, step: int) -> None:
        """What the loss does to the entropy: it falls with it, where there is a bonus."""
        if gradient is None:
            return
        per_nat = float(gradient.sum())
        if per_nat > 0.0:
            self._note(ENTROPY, step, f"the loss rises by {short(per_nat)} for each nat of entropy", per_nat)
        elif per_nat < 0.0:
            self._against.add(ENTROPY)

    @property
    def waiting(self) -> bool:
        """Whether a loss was looked at for which no optimizer has stepped yet."""
        return bool(self._layers) or self.clearing.waits

    def before_update(self, optimizer: Any) -> None:
        """An optimizer is about to step: whether its loss goes through critics that it does not hold."""
        if self.clearing.before_update(optimizer):
            words = "an optimizer steps along the gradients of earlier losses too: they are never set to zero"
            self._note(CLEARED, self._step, words, 1.0)
        elif self.clearing.cleared:
            self._against.add(CLEARED)
        layers, self._layers = self._layers, []
        up = maximises(optimizer)
        if up:
            self._against.add(ENTROPY)  # whether a loss with entropy is its own is not known
        held = {id(p) for group in optimizer.param_groups for p in group["params"]}
        signs = set()
        for layer, gradients in layers:
            own, every = parameters_of(layer.node)
            if gradients and gradients[0] is not None and not own & held and every & held:
                signs.add(_sign(gradients[0]))
        if signs == {-1 if up else 1}:
            words = "the optimizer of the actor steps down the values of its actions"
            self._note(ACTOR, self._step, words, 1.0)
        elif (1 if up else -1) in signs:
            self._against.add(ACTOR)

    def _note(self, kind: str, step: int, words: str, value: float) -> None:
        self._times[kind] = self._times.get(kind, 0) + 1
        self._since.setdefault(kind, step)
        self._words[kind] = words, value

    def judge(self) -> list[Finding]:
        """Findings on the losses."""
        found = []
        for kind, times in self._times.items():
            if times < FEWEST or kind in self._against:
                continue
            words, value = self._words[kind]
            found.append(Finding(kind, "look", self._since[kind], words, value))
        return found


def _sign(gradient: Any) -> int:
    """The sign of a gradient that is the same at each of its numbers, some zeros left aside; else 0."""
    sizes = gradient[gradient != 0]
    if not sizes.numel():
        return 0
    low, high = float(sizes.min()), float(sizes.max())
    if high - low > SAME_WITHIN * max(abs(low), abs(high)):
        return 0
    return 1 if low > 0 else -1


def maximises(optimizer: Any) -> bool:
    """Whether an optimizer steps up its losses: one made with ``maximize=True``."""
    return any(group.get("maximize") for group in optimizer.param_groups)
