"""Distributions of returns: the mean over a support that the script names, or over quantiles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.scripts.inside.reading.frames import as_array, as_number, named_things

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from rlprobe.scripts.inside.reading.networks.outputs import Output

ATOMS = re.compile(r"quant|atom|(^|\.)n_?tau|(^|\.)N$", re.IGNORECASE)
SUPPORTS = {"atoms", "support", "z", "supports", "z_support", "value_range", "values"}


def best_mean(names: Mapping[str, Any], row: NDArray[np.float64], actions: int) -> float:
    """The best mean of a distribution of returns: over a support if there is one, else over quantiles.

    Args:
        names: the names of the script.
        row: ``(actions * atoms,)`` what its network returned.
        actions: the number of actions.
    """
    table = row.reshape(actions, -1)
    support = _support(names, table.shape[1])
    if support is None:
        return float(table.mean())
    if not ((table >= 0).all() and (abs(table.sum(axis=1) - 1) < 1e-3).all()):
        table = np.exp(table - table.max(axis=1, keepdims=True))
        table /= table.sum(axis=1, keepdims=True)
    return float((table @ support).max())


def atoms_are_known(names: Mapping[str, Any], output: Output, actions: int) -> bool:
    """Whether the script has a support with as many atoms, or names as many quantiles."""
    count = len(next(iter(output.last.values()))) // actions
    if _support(names, count) is not None:
        return True
    said = [thing for name, thing in named_things(names) if ATOMS.search(name)]
    return any(as_number(thing) == count for thing in said if not hasattr(thing, "shape"))


def _support(names: Mapping[str, Any], atoms: int) -> NDArray[np.float64] | None:
    for name, thing in named_things(names):
        last = name.rpartition(".")[2].lower().strip("_")
        tensors = [(last, thing)]
        if hasattr(thing, "named_buffers") and not isinstance(thing, type):
            tensors += [(n.rpartition(".")[2].lower(), b) for n, b in thing.named_buffers()]
        for called, tensor in tensors:
            if called in SUPPORTS:
                array = as_array(tensor)
                if array is not None and array.size == atoms and array.dtype.kind == "f":
                    return array.astype(np.float64).reshape(-1)
    return None


def value_of(output: Output, row: NDArray[np.float64], names: dict[str, Any], actions: int) -> float:
    """The best value in the results of a network for one observation."""
    return best_mean(names, row, actions) if output.kind == "atoms" else float(row.max())
