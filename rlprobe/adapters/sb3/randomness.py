"""Private random states for a library that draws from the process-wide generators."""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

State = tuple[Any, Any, torch.Tensor]


class PrivateRandomness:
    """The states of ``random``, ``numpy.random`` and ``torch`` that belong to one agent.

    Args:
        seed: the seed of the agent's generators.

    >>> mine = PrivateRandomness(0)
    >>> before = random.getstate()
    >>> with mine.active():
    ...     first = random.random()
    >>> random.getstate() == before
    True
    """

    def __init__(self, seed: int) -> None:
        outside = _states()
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002  the generator the library itself uses
        torch.manual_seed(seed)
        self._inside = _states()
        _restore(outside)

    @contextmanager
    def active(self) -> Iterator[None]:
        """Within this context the process-wide generators are the agent's."""
        outside = _states()
        _restore(self._inside)
        try:
            yield
        finally:
            self._inside = _states()
            _restore(outside)


def _states() -> State:
    return random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002


def _restore(states: State) -> None:
    random.setstate(states[0])
    np.random.set_state(states[1])  # noqa: NPY002
    torch.set_rng_state(states[2])
