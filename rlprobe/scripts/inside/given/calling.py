"""Call the networks of a script for observations, and leave no trace."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.scripts.inside.reading.networks.rows import tensors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from rlprobe.scripts.inside.given.watching import Watching
    from rlprobe.scripts.inside.given.wrapping import Wrapping

BATCH_ROWS = 4_096


class Candidate:
    """A function of the script that takes a batch of observations.

    Args:
        name: what the script calls it.
        module: the network it belongs to.
        function: the network or one of its methods.
        path: the place of the tensor in what it returns.
        rows: what it returns for some observations, ``(n, width)``.

    ``width``: numbers for each observation. ``chances``: whether these are chances, which sum to 1.
    ``one_by_one``: it is made for one observation at a time: its softmax runs over the first axis.
    """

    def __init__(
        self, name: str, module: Any, function: Callable[..., Any], path: tuple[Any, ...], rows: Any
    ) -> None:
        self.name, self.module, self.function, self.path = name, module, function, path
        self.width = rows.shape[1]
        self.one_by_one = _over_batch(rows)
        self.chances = self.one_by_one or (self.width > 1 and _sums_to_one(rows, axis=1))


class Calling:
    """Calls functions of the script with observations as its networks see them.

    Args:
        networks: the hooks, which are not to notice it.
        wrapping: what the script's wrappers make of an observation.

    ``scale``: by what the script multiplies observations before its networks see them.
    """

    def __init__(self, networks: Watching, wrapping: Wrapping) -> None:
        self.networks, self.torch, self.wrapping = networks, networks.torch, wrapping
        self.scale = 1.0

    def outputs(self, one: Candidate, rows: list[Any], *more: Any) -> NDArray[np.float64]:
        """What a candidate returns for observations, ``(n, width)``."""
        if one.one_by_one:
            return np.concatenate([self._alone(one, row) for row in rows])
        parts = []
        for begin in range(0, len(rows), BATCH_ROWS):
            part = slice(begin, begin + BATCH_ROWS)
            said = dict(self.asked(one.function, rows[part], *(array[part] for array in more)))
            parts.append(said[one.path])
        return np.concatenate(parts)

    def _alone(self, one: Candidate, row: Any) -> NDArray[np.float64]:
        """What a function that is made for one observation returns for it, ``(1, width)``."""
        said = dict(self.asked(lambda x: _first_axis(one.function(x[0]), self.torch), [row], of=one.module))
        return np.asarray(said[one.path])

    def asked(
        self, function: Any, rows: list[Any], *more: Any, of: Any = None
    ) -> list[tuple[tuple[Any, ...], Any]]:
        """Every tensor that the function returns for the observations, ``(n, width)``."""
        torch, count = self.torch, len(rows)
        seen = self.scale * np.stack([np.asarray(self.wrapping.shown(row), np.float32) for row in rows])
        given = [torch.as_tensor(np.asarray(array, np.float32)) for array in (seen, *more)]
        with (
            self.networks.unnoticed(),
            torch.no_grad(),
            _evaluating(of or getattr(function, "__self__", function)),
        ):
            said = function(*given)
        found = []
        for path, tensor in tensors(_opened(said, torch), torch.Tensor):
            if tensor.is_floating_point() and tensor.ndim and len(tensor) == count:
                array = tensor.detach().cpu().double().numpy().reshape(count, -1)
                if np.isfinite(array).all():
                    found.append((path, array))
        return found


def _over_batch(rows: NDArray[np.float64]) -> bool:
    """Whether these are chances that sum to 1 over the observations, and not over the actions."""
    if len(rows) < 2 or rows.shape[1] < 2:
        return False
    return _sums_to_one(rows, axis=0) and not _sums_to_one(rows, axis=1)


def _sums_to_one(rows: NDArray[np.float64], *, axis: int) -> bool:
    return bool((rows >= 0).all() and np.allclose(rows.sum(axis=axis), 1.0, atol=1e-3))


def _first_axis(said: Any, torch: Any) -> Any:
    """Tensors for one observation as a batch of one."""
    opened = _opened(said, torch)
    if isinstance(opened, list):
        return [_first_axis(part, torch) for part in opened]
    return opened[None] if isinstance(opened, torch.Tensor) else opened


def _opened(said: Any, torch: Any) -> Any:
    """What a function returned, with the chances or means of distributions in their place."""
    if isinstance(said, (list, tuple)):
        return [_opened(part, torch) for part in said]
    if isinstance(said, torch.distributions.Categorical):
        return said.probs
    return said.mean if isinstance(said, torch.distributions.Distribution) else said


@contextmanager
def _evaluating(module: Any) -> Iterator[None]:
    """Without dropout and without new statistics of batches; afterwards as it was."""
    modules = list(module.modules()) if hasattr(module, "modules") else []
    before = [one.training for one in modules]
    for one in modules:
        one.training = False
    try:
        yield
    finally:
        for one, training in zip(modules, before, strict=True):
            one.training = training
