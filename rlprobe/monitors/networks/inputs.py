"""What networks are given: observations as the environment returned them, how old, and whether all zero."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.monitors.episodes.copies import as_array
from rlprobe.monitors.findings.finding import Finding
from rlprobe.output.numbers import percent

if TYPE_CHECKING:
    from rlprobe.monitors.curves import Curves
    from rlprobe.monitors.episodes.book import Book
    from rlprobe.monitors.networks.visited import Visited

MOST_CALLS, MOST_BATCHES = 200, 8
MOST_ROWS = 64
FEWEST_ROWS = 16
FEWEST_MATCHES = 8
SAME_WITHIN = 1e-4
ZERO_ROWS_ABOVE = 0.05
ZEROS_IN_BATCHES = 3


class Inputs:
    """Listens to the inputs of networks for a short while, now and then.

    Args:
        visited: the training environment.
        curves: where the age of samples goes.
    """

    def __init__(self, visited: Visited, curves: Curves) -> None:
        self.visited, self.curves = visited, curves
        self.zeros_since = 0
        self.plain = self.muted = False
        self.with_zeros = 0
        self.zero_share = 0.0
        self._ages: list[int] = []
        self._calls = self._batches = self._numbers = self._width = 0
        self._track: Any = None
        self._handle: Any = None

    def open(self) -> None:
        """Listen to the next few hundred calls of networks."""
        if self._handle is None:
            module = importlib.import_module("torch.nn.modules.module")
            self._calls = self._batches = 0
            self._track = self.visited.track()
            if self._track is not None and self._knows(self._track.latest):
                self._handle = module.register_module_forward_pre_hook(self._hear)

    def _knows(self, seen: Any) -> bool:
        """Whether rows of inputs can be told to be observations; their numbers are counted once."""
        if seen is None or isinstance(seen, (dict, tuple)):
            return False
        self._numbers = int(np.prod(np.shape(seen)))
        self._width = self._numbers // (len(seen) if hasattr(self._track, "columns") else 1)
        return self._width > 0

    def close(self) -> None:
        """Listen no more."""
        if self._handle is None:
            return
        self._handle.remove()
        self._handle = self._track = None
        place = self.visited.places.training
        if place is not None and len(self._ages) >= FEWEST_MATCHES:
            self.curves.add("sample_age", place.steps, float(np.median(self._ages)))
        self._ages = []

    def _hear(self, module: Any, given: Any) -> None:
        del module
        if self.muted:
            return
        self._calls += 1
        if self._calls >= MOST_CALLS or self._batches >= MOST_BATCHES:
            self.close()
        try:
            shape = given[0].shape
            if shape[-1] == self._width or given[0].numel() == self._numbers:
                self._compare(given[0])
        except Exception:  # noqa: BLE001 - an input of another kind says nothing
            self._calls += 1

    def _compare(self, tensor: Any) -> None:
        if tensor.numel() == self._numbers:
            if not self.plain:
                heard, expected = as_array(tensor).reshape(-1), as_array(self._track.latest).reshape(-1)
                self.plain = bool((abs(heard - expected) <= SAME_WITHIN * (1.0 + abs(expected))).all())
        elif tensor.ndim == 2 and len(tensor) >= FEWEST_ROWS:
            self._batches += 1
            self._look_at_batch(as_array(tensor))

    def _look_at_batch(self, batch: Any) -> None:
        """A batch that is learned from: rows of zeros, and when the others were visited."""
        place = self.visited.places.training
        if place is None:
            return
        share = float((batch == 0).all(1).mean()) if batch.shape[1] > 1 else 0.0
        if share > ZERO_ROWS_ABOVE:
            self.zeros_since = self.zeros_since or place.steps
            self.with_zeros += 1
        self.zero_share = max(self.zero_share, share)
        self._ages += place.book.trail.ages(batch[:MOST_ROWS], place.steps)

    def judge(self, book: Book) -> list[Finding]:
        """Rows of zeros, if many batches have them and the environment never returns any."""
        observed = [point.observation for point in book.points if isinstance(point.observation, np.ndarray)]
        if self.with_zeros < ZEROS_IN_BATCHES or not observed or not all(one.any() for one in observed):
            return []
        words = (
            f"up to {percent(self.zero_share)} of the rows of a batch are all zero, which was never observed"
        )
        bounds = (0.0, ZERO_ROWS_ABOVE)
        return [Finding("memory-of-zeros", "broken", self.zeros_since, words, self.zero_share, bounds)]
