"""Gradients and steps of optimizers, on a sample of the updates."""

from __future__ import annotations

import statistics
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.monitors.findings.finding import Finding
from rlprobe.monitors.pace import Pace
from rlprobe.monitors.signals.matrices import Matrix, some_of, usual_size, whole_of
from rlprobe.output.numbers import listed, percent, short

if TYPE_CHECKING:
    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.episodes.book import Book
    from rlprobe.monitors.findings.kind import Severity
    from rlprobe.monitors.holding import Moment
    from rlprobe.monitors.networks.discovery import Inventory

ALWAYS_FOR = 16
EVERY, PER_FOLD = 10, 12
FEWEST, FEWEST_UNHELD = 20, 12
"""Looks at steps and gradients; looks at which a gradient of which no optimizer knows has changed."""
SMALL_BELOW, LARGE_ABOVE = 3e-5, 1e-1
"""Of the matrix that moves most: Adam at its usual rates moves it by 1e-4 or more."""
CLIPPED_ABOVE = 0.95
FEWEST_CLIPS = 50
UPDATES_TO_BE_SURE = 60


class Updates:
    """Looks at every tenth update.

    Args:
        curves: where the values go.
        inventory: names of parameters.
        every: look at every so-manieth update.
    """

    def __init__(self, curves: Curves, inventory: Inventory, every: int = EVERY) -> None:
        self.curves, self.inventory, self.every = curves, inventory, every
        self.count = self.looked = 0
        self.held: set[int] = set()
        self._paces: dict[int, Pace] = {}
        self._matrices: dict[int, Matrix] = {}
        self.pending: tuple[int, list[Any], list[Any]] | None = None
        self._silent: dict[str, int] = {}
        self._spoke: set[str] = set()
        self._silent_since: dict[str, int] = {}
        self._unheld: dict[str, int] = {}
        self._last_grad: dict[str, tuple[float, float]] = {}
        self._not_finite: tuple[int, str] | None = None
        self._clips: deque[bool] = deque(maxlen=FEWEST_CLIPS)
        self._clip: tuple[Any, float] | None = None
        self._first_step: int | None = None
        self._large_since: int | None = None

    def count_one(self, optimizer: Any) -> bool:
        """An optimizer is about to step; its parameters are held. Whether this update is to be looked at."""
        self.count += 1
        pace = self._paces.get(id(optimizer))
        if pace is None:
            pace = self._paces[id(optimizer)] = Pace(ALWAYS_FOR, self.every, PER_FOLD)
            self.held |= {id(p) for group in optimizer.param_groups for p in group["params"]}
        return pace.due()

    def waiting(self, optimizer: Any) -> bool:
        """Whether the step of this optimizer is to be compared with what was before."""
        return self.pending is not None and self.pending[0] == id(optimizer)

    def before(self, optimizer: Any, now: Moment, torch: Any) -> None:
        """Look at gradients, and keep the parameters for comparison."""
        self.looked += 1
        self._first_step = now.step if self._first_step is None else self._first_step
        params = [p for group in optimizer.param_groups for p in group["params"]]
        with_grad = [p for p in params if p.grad is not None and not p.grad.is_sparse]
        self.curves.add("learning_rate", now.step, float(optimizer.param_groups[0]["lr"]))
        with torch.no_grad():
            norms = _norms([some_of(p.grad) for p in with_grad], torch) * whole_of(with_grad)
            total = float(np.sqrt(np.square(norms).sum())) if len(norms) else 0.0
            self.curves.add("gradient_norm", now.step, self._before_clipping(total))
            self._note_modules(params, dict(zip(map(id, with_grad), norms, strict=True)), now.step)
            if not np.isfinite(total):
                self._found_not_finite(with_grad, norms, now)
            matrices = [p for p in with_grad if p.ndim >= 2]
            self.pending = id(optimizer), matrices, [some_of(p).clone() for p in matrices]
        self._note_unheld()

    def _found_not_finite(self, params: list[Any], norms: Any, now: Moment) -> None:
        if self._not_finite is None:
            bad = [p for p, norm in zip(params, norms, strict=True) if not np.isfinite(norm)]
            self._not_finite = now.step, self.inventory.name_of(bad[0])

    def look_at_the_end(self, now: Moment, torch: Any) -> None:
        """Weights that are NaN at the end: the update that made them so may not have been looked at."""
        if self._not_finite is not None or not self.count:
            return
        for p, name in self.inventory.parameters():
            if p.is_floating_point() and not bool(torch.isfinite(p).all()):
                self._not_finite = now.step, name
                return

    def _note_modules(self, params: list[Any], norms: dict[int, float], step: int) -> None:
        """Count the looks at which no gradient reached a module: it learns nothing then."""
        totals: dict[str, float] = {}
        for p in params:
            module = self.inventory.module_of(p)
            totals[module] = totals.get(module, 0.0) + norms.get(id(p), 0.0)
        for module, total in totals.items():
            if total == 0.0:
                self._silent[module] = self._silent.get(module, 0) + 1
                self._silent_since.setdefault(module, step)
            else:
                self._spoke.add(module)
                self._silent[module] = 0
                self._silent_since.pop(module, None)

    def _note_unheld(self) -> None:
        for p, name in self.inventory.parameters():
            if id(p) in self.held or not p.requires_grad or p.grad is None:
                continue
            grad = float(p.grad.double().sum()), float(p.grad.double().square().sum())
            if self._last_grad.setdefault(name, grad) != grad:  # one of an earlier run stays as it is
                self._last_grad[name] = grad
                self._unheld[name] = self._unheld.get(name, 0) + 1

    def after(self, now: Moment, torch: Any) -> None:
        """Compare the parameters with those before the step."""
        assert self.pending is not None
        _, params, before = self.pending
        self.pending = None
        if not params:
            return
        with torch.no_grad():
            after = [some_of(p) for p in params]
            moved = torch._foreach_sub(after, before)  # noqa: SLF001 - one call for all
            norms = _norms([*moved, *before], torch)
        relative = []
        for p, step, size in zip(params, norms[: len(params)], norms[len(params) :], strict=True):
            matrix = self._matrices.get(id(p))
            if matrix is None:
                first = max(float(size), usual_size(p))
                matrix = self._matrices[id(p)] = Matrix(self.inventory.name_of(p), first)
            relative.append(matrix.moved(float(step)))
        self.curves.add("update_ratio", now.step, statistics.median(relative))

    def clipped(self, norm: Any, limit: float) -> None:
        """Gradients were clipped; ``norm`` is what they had before."""
        self._clip = norm, limit

    def _before_clipping(self, total: float) -> float:
        """The norm of the gradient before it was clipped, if it was."""
        if self._clip is None:
            return total
        norm, limit = self._clip
        self._clip = None
        norm = float(norm)
        self._clips.append(norm > limit)
        return norm

    def judge(self, book: Book, now: Moment, *, choice: bool = True) -> list[Finding]:
        """Findings on gradients and updates.

        Args:
            book: the episodes of the training code.
            now: where the run is.
            choice: whether there is more than one action; a policy without a choice has no gradient.
        """
        found = [one for one in self._gradients(now) if choice or one.id != "no-gradient"]
        found += self._sizes(book, now)
        if len(self._clips) >= FEWEST_CLIPS and np.mean(self._clips) > CLIPPED_ABOVE:
            share = float(np.mean(self._clips))
            words = f"gradients are clipped in {percent(share)} of the updates"
            found.append(Finding("gradient-always-clipped", "note", now.step, words, share, (None, 0.95)))
        return found

    def _gradients(self, now: Moment) -> list[Finding]:
        found: list[Finding] = []
        since = self._first_step or 0
        if self._not_finite is not None:
            step, name = self._not_finite
            found.append(Finding("gradient-not-finite", "broken", step, f"first in {name}"))
        silent = [name for name, looks in self._silent.items() if looks >= FEWEST]
        if silent and self.count >= UPDATES_TO_BE_SURE:
            since = min(self._silent_since[name] for name in silent)
            words = "no more gradient reaches" if self._spoke & set(silent) else "no gradient ever reached"
            found.append(Finding("no-gradient", "look", since, f"{words} {listed(silent, 3)}", 0.0))
        since = self._first_step or 0
        unheld = [name for name, looks in self._unheld.items() if looks >= FEWEST_UNHELD]
        if unheld and self.count >= UPDATES_TO_BE_SURE and now.updates >= 3:
            words = f"get gradients, but are in no optimizer: {listed(unheld, 3)}"
            found.append(Finding("parameters-without-optimizer", "broken", since, words, float(len(unheld))))
        return found

    def _sizes(self, book: Book, now: Moment) -> list[Finding]:
        full = [m for m in self._matrices.values() if len(m.ratios) >= FEWEST]
        if not full:
            return []
        early = {m.name: float(np.median(m.early[:FEWEST])) for m in full}
        largest_early = max(early.values())
        since = self._first_step or 0
        if 0.0 < largest_early < SMALL_BELOW:
            words = f"an update changes the weights by {short(largest_early)} of their size at most"
            return [
                Finding("update-too-small", "look", since, words, largest_early, (SMALL_BELOW, LARGE_ABOVE))
            ]
        late = ((m.name, float(np.median(m.ratios))) for m in full)
        name, ratio = max((*late, *early.items()), key=lambda pair: pair[1])
        if ratio <= LARGE_ABOVE:
            self._large_since = None
            return []
        self._large_since = now.step if self._large_since is None else self._large_since
        words = f"an update changes {name} by {percent(ratio)} of its size (median of {FEWEST} or more)"
        severity: Severity = "note" if book.near_best() and book.improved() else "look"
        return [
            Finding("update-too-large", severity, self._large_since, words, ratio, (SMALL_BELOW, LARGE_ABOVE))
        ]


def _norms(tensors: list[Any], torch: Any) -> Any:
    """The norm of each tensor, as an array."""
    if not tensors:
        return np.zeros(0)
    norms = torch._foreach_norm(tensors)  # noqa: SLF001 - one call for all
    return torch.stack(norms).double().cpu().numpy()
