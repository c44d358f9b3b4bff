"""A copy of a network that can be asked anything without disturbing the original."""

from __future__ import annotations

import copy
import random
import weakref
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random import mtrand as _bits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


_ASKING: list[bool] = []
"""Not empty while copies of networks are asked."""


class GoneError(Exception):
    """The network is not there any more."""


class Twin:
    """A copy of a network in evaluation mode, with the parameters that the original has now.

    Args:
        network: the original; it is neither called nor changed, nor kept alive.
        torch: the library.

    Raises:
        Exception: whatever copying the network raises.
    """

    def __init__(self, network: Any, torch: Any) -> None:
        self.original, self.torch = weakref.ref(network), torch
        with self.undisturbed():
            self.copy = copy.deepcopy(network, _spared(network, torch))
            self.copy.eval()
            self.copy.requires_grad_(False)  # noqa: FBT003 - torch's name for it has no keyword
        self._pairs = self._tensors(network)

    def _tensors(self, network: Any) -> list[tuple[Any, Any]]:
        ours = [*self.copy.parameters(), *self.copy.buffers()]
        theirs = [*network.parameters(), *network.buffers()]
        return list(zip(ours, theirs, strict=True))

    def refresh(self) -> None:
        """Take over the parameters of the original.

        Raises:
            GoneError: the original is gone.
        """
        network = self.original()
        if network is None:
            raise GoneError
        with self.torch.no_grad():
            for ours, theirs in self._pairs:
                ours.copy_(theirs)

    def undisturbed(self) -> AbstractContextManager[None]:
        """While the copy is asked: no gradients, and every global generator is left as it was."""
        return undisturbed(self.torch)


@contextmanager
def undisturbed(torch: Any) -> Iterator[None]:
    """While copies of networks are asked: no gradients, and every global generator is left as it was.

    NumPy's keeps every other normal number for later, which belongs to its state. One block inside of another
    takes no time.
    """
    if _ASKING:
        with torch.no_grad():
            yield
        return
    plain, tensors = random.getstate(), torch.get_rng_state()
    arrays = np.random.get_state(legacy=False)  # noqa: NPY002 - the global generator is meant
    _ASKING.append(True)
    try:
        with torch.no_grad():
            yield
    finally:
        _ASKING.pop()
        random.setstate(plain)
        if arrays["bit_generator"] == "MT19937":
            np.random.set_state(arrays)  # noqa: NPY002
        else:
            _bits.get_bit_generator().state = arrays
        torch.set_rng_state(tensors)


def _spared(network: Any, torch: Any) -> dict[int, Any]:
    """What is not copied from the attributes of modules, by identity: optimizers, distributions, memories.

    Tensors with a graph cannot be copied; modules keep them in lists of log-probabilities and in the
    distribution of the last call.
    """
    spared: dict[int, Any] = {}
    for module in network.modules():
        for name, value in vars(module).items():
            if name.startswith("_") and isinstance(value, dict):
                continue
            if isinstance(value, torch.optim.Optimizer):
                spared[id(value)] = None
            elif isinstance(value, torch.Tensor) and not value.is_leaf:
                spared[id(value)] = value.detach().clone()
            elif hasattr(value, "distribution"):
                spared[id(value)] = copy.copy(value)
            elif isinstance(value, (list, deque)) and _holds_data(value, torch):
                spared[id(value)] = type(value)()
    return spared


def _holds_data(value: Any, torch: Any) -> bool:
    """Whether a list grows with the run, or holds tensors with a graph."""
    few = list(value)[:3]
    tensors = any(isinstance(one, torch.Tensor) and not isinstance(one, torch.nn.Parameter) for one in few)
    return tensors or len(value) > 100
