"""Networks whose input another network has computed: the heads of a body that sees the observations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rlprobe.scripts.inside.reading.networks.policies import MOST_RECENT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_NODES = 12
"""Operations that may lie between a network and the next one that its output goes into."""


class Derived:
    """The observations that tensors were computed from, as far as gradients tell."""

    def __init__(self) -> None:
        self._nodes: dict[Any, NDArray[np.int64]] = {}

    def remember(self, node: Any, numbers: NDArray[np.int64]) -> None:
        """Keep what a network has computed from the observations ``numbers``, by its node in the graph."""
        if len(self._nodes) > MOST_RECENT:
            self._nodes.clear()
        self._nodes[node] = numbers

    def numbers(self, tensor: Any) -> NDArray[np.int64] | None:
        """The numbers of the observations that ``tensor`` was computed from; None if they are not known."""
        if tensor.grad_fn is None or not self._nodes or tensor.ndim < 1:
            return None
        waiting, met = [tensor.grad_fn], 0
        while waiting and met < MOST_NODES:
            node = waiting.pop(0)
            met += 1
            numbers = self._nodes.get(node)
            if numbers is not None:
                rows = tensor.numel() // max(1, tensor.shape[-1])
                fits = len(numbers) in {tensor.shape[0], rows}
                return numbers if fits else None
            waiting += [after for after, _ in node.next_functions if after is not None]
        return None
