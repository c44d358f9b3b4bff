"""What networks are given: observations as the environment returned them, or something else?"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.monitors.episodes.copies import as_array

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.monitors.episodes.places import Places

MOST_CALLS = 400
FEWEST_ROWS = 16
SAME_WITHIN = 1e-4
ZEROS_IN_BATCHES = 3


class Inputs:
    """Listens to the inputs of networks for a short while.

    Args:
        latest: gives the observations that the environment returned last, ``(n, ...)``, or None.
        places: the environments.
    """

    def __init__(self, latest: Callable[[], Any], places: Places) -> None:
        self.latest, self.places = latest, places
        self.zeros_since = 0
        self.plain = False
        self.batches = self.with_zeros = 0
        self.zero_share = 0.0
        self._calls = 0
        self._handle: Any = None

    def open(self) -> None:
        """Listen to the next few hundred calls of networks."""
        if self._handle is None:
            module = importlib.import_module("torch.nn.modules.module")
            self._handle = module.register_module_forward_pre_hook(self._hear)
            self._calls = 0

    def close(self) -> None:
        """Listen no more."""
        if self._handle is not None:
            self._handle.remove()
            self._handle = None

    def _hear(self, module: Any, given: Any) -> None:
        del module
        self._calls += 1
        if self._calls >= MOST_CALLS:
            self.close()
        if not given or not hasattr(given[0], "detach"):
            return
        try:
            self._compare(given[0])
        except Exception:  # noqa: BLE001 - an input of another kind says nothing
            self.close()

    def _compare(self, tensor: Any) -> None:
        latest = self.latest()
        if latest is None or isinstance(latest, (dict, tuple)):
            return
        seen = as_array(latest)
        size = int(np.prod(seen.shape[1:]))
        if tensor.numel() == seen.size:
            rows = as_array(tensor).reshape(len(seen), size)
            expected = seen.reshape(len(seen), size)
            if (abs(rows - expected) <= SAME_WITHIN * (1.0 + abs(expected))).all():
                self.plain = True
        elif tensor.ndim == 2 and tensor.shape[1] == size and len(tensor) >= FEWEST_ROWS and size > 1:
            share = float((as_array(tensor) == 0).all(1).mean())
            self.batches += 1
            if share > 0.05:
                place = self.places.training
                self.zeros_since = self.zeros_since or (place.steps if place else 0)
                self.with_zeros += 1
            self.zero_share = max(self.zero_share, share)

    def zeros(self) -> float | None:
        """The share of rows of zeros in batches, if many have them and the environment never returns any."""
        return self.zero_share if self.with_zeros >= ZEROS_IN_BATCHES else None
