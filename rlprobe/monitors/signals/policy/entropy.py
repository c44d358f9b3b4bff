"""Entropy of the policy: how much it still tries out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.monitors.findings.finding import Finding
from rlprobe.monitors.signals.returns import lost
from rlprobe.output.numbers import percent, short

if TYPE_CHECKING:
    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.episodes.book import Book
    from rlprobe.monitors.holding import Moment

COLLAPSED_BELOW = 0.05
UNIFORM_ABOVE = 0.98
EARLY = 0.25
LATE = 0.5
"""An entropy that never falls is judged from here, where the length of the run is known."""
STUCK_FROM = 0.8
NARROW_BELOW = 0.02
"""Of the standard deviation at the start."""
WIDE_ABOVE = 5.0
FEWEST_VALUES = 20
ALWAYS_FOR = 8
EVERY = 128
"""Samples between looks, beside the first after each update."""


class Entropy:
    """Entropy relative to that of random actions (discrete), standard deviation relative to the start (Box).

    Args:
        curves: where the values go.
    """

    def __init__(self, curves: Curves) -> None:
        self.curves = curves
        self.calls = 0
        self.on_cpu = self.no_choice = False
        self._sum = [0.0, 0.0]
        self._count = [0, 0]
        self.start_scale: float | None = None
        self._deaf = False
        self.next = 1

    def listen(self) -> None:
        """Look at the next sample."""
        self.next = 0

    def hear(self, distribution: Any, torch: Any) -> None:
        """Look at a distribution from which actions were drawn."""
        self.next = self.calls + (1 if self.calls < ALWAYS_FOR else EVERY)
        while hasattr(distribution, "base_dist"):
            distribution = distribution.base_dist
        kinds = torch.distributions
        if isinstance(distribution, kinds.Categorical):
            logits = distribution.logits.detach()
            self.on_cpu = logits.device.type == "cpu"
            actions = logits.shape[-1]
            self._deaf = self.no_choice = actions == 1
            if actions > 1:
                self.hear_probabilities(np.exp(logits.float().cpu().numpy()))
        elif isinstance(distribution, kinds.Normal):
            self.on_cpu = distribution.scale.device.type == "cpu"
            scale = distribution.scale.detach().double().log().mean().item()
            self._add(1, float(np.exp(scale)))
        else:
            self._deaf = True

    def hear_probabilities(self, chances: Any) -> None:
        """Look at chances of actions, ``(..., A)``."""
        chances = np.asarray(chances, np.float64)
        logs = np.log(np.where(chances > 0, chances, 1.0))
        entropy = -(chances * logs).sum(-1).mean()
        self._add(0, float(entropy / np.log(chances.shape[-1])))

    def _add(self, kind: int, value: float) -> None:
        self._sum[kind] += value
        self._count[kind] += 1

    def close_phase(self, now: Moment) -> None:
        """Add the mean since the last update to the curves."""
        for kind, name in enumerate(("entropy", "policy_std")):
            if self._count[kind]:
                value = float(self._sum[kind] / self._count[kind])
                if kind == 1:
                    self.start_scale = value if self.start_scale is None else self.start_scale
                self.curves.add(name, now.step, value)
        self._sum, self._count = [0.0, 0.0], [0, 0]
        if not self._deaf:
            self.listen()

    def judge(self, book: Book, now: Moment) -> list[Finding]:
        """Findings on the entropy."""
        curve = self.curves.get("entropy")
        if len(curve) >= FEWEST_VALUES:
            steps, values = np.array(curve.steps), np.array(curve.values)
            found = self._collapse(steps, values, book, now) or self._stuck(steps, values, book, now)
            return found + self._uniform(steps, values, book, now)
        curve = self.curves.get("policy_std")
        if len(curve) >= FEWEST_VALUES and self.start_scale:
            return self._of_box(np.array(curve.steps), np.array(curve.values), book, now)
        return []

    def _collapse(self, steps: Any, values: Any, book: Book, now: Moment) -> list[Finding]:
        """Below 5 % before a quarter of the run, although better episodes are known."""
        early = steps <= EARLY * now.length
        unknown = (now.total is None and not now.final) or not book.count
        if unknown or book.near_best() or early.sum() < FEWEST_VALUES // 4:
            return []
        low = values[early] < COLLAPSED_BELOW
        if not low[-3:].all() or values[-1] >= 2 * COLLAPSED_BELOW:
            return []
        since = int(steps[early][_start_of_last(low)])
        words = (
            f"entropy fell to {percent(values[early][-1])} of that of random actions by step {since:,}, and "
            f"the return is {short(_mean(book))}, best {short(book.best)}"
        )
        return [Finding("entropy-collapse", "look", since, words, float(values[-1]), (COLLAPSED_BELOW, None))]

    def _stuck(self, steps: Any, values: Any, book: Book, now: Moment) -> list[Finding]:
        """Below 5 % at the end, although returns are no better than at first, or were."""
        late = steps >= STUCK_FROM * now.length
        if not now.final or late.sum() < 3 or np.median(values[late]) >= COLLAPSED_BELOW:
            return []
        if book.near_best() or (book.improved() is not False and lost(book) is None):
            return []
        since = int(steps[min(_start_of_last(values < COLLAPSED_BELOW), len(steps) - 1)])
        words = (
            f"entropy is {percent(float(np.median(values[late])))} of that of random actions, and the return "
            f"is {short(_mean(book))}, best {short(book.best)}"
        )
        return [Finding("entropy-collapse", "look", since, words, float(values[-1]), (COLLAPSED_BELOW, None))]

    def _uniform(self, steps: Any, values: Any, book: Book, now: Moment) -> list[Finding]:
        late = steps >= EARLY * now.length
        if now.share < LATE or late.sum() < FEWEST_VALUES // 2 or book.learned():
            return []
        if np.quantile(values[late], 0.1) <= UNIFORM_ABOVE or book.near_best():
            return []
        words = (
            f"entropy is {percent(values[-1])} of that of random actions, and the return "
            f"{short(_mean(book))} is no better than that of the first episodes"
        )
        since = int(steps[late][0])
        return [
            Finding("entropy-never-falls", "look", since, words, float(values[-1]), (None, UNIFORM_ABOVE))
        ]

    def _of_box(self, steps: Any, values: Any, book: Book, now: Moment) -> list[Finding]:
        assert self.start_scale is not None
        relative = values / self.start_scale
        learned = book.learned()
        early = steps <= EARLY * now.length
        known = now.total is not None or now.final
        if known and not learned and early.sum() >= 5 and (relative[early][-3:] < NARROW_BELOW).all():
            words = f"the standard deviation fell to {percent(relative[-1])} of that at the start"
            since = int(steps[early][_start_of_last(relative[early] < NARROW_BELOW)])
            return [
                Finding("entropy-collapse", "look", since, words, float(relative[-1]), (NARROW_BELOW, None))
            ]
        if now.share >= LATE and not learned and relative[-5:].min() > WIDE_ABOVE:
            words = f"the standard deviation grew to {short(relative[-1])} times that at the start"
            since = int(steps[_start_of_last(relative > WIDE_ABOVE)])
            return [
                Finding("entropy-never-falls", "look", since, words, float(relative[-1]), (None, WIDE_ABOVE))
            ]
        return []


def _start_of_last(bad: Any) -> int:
    """The index at which the last unbroken stretch of ``bad`` begins."""
    good = np.flatnonzero(~np.asarray(bad))
    return int(good[-1]) + 1 if len(good) else 0


def _mean(book: Book) -> float:
    recent = book.earned(recent=True)
    return float(recent.mean()) if len(recent) else float("nan")
