"""The critic of a script in JAX: a function of parameters and observations, compiled or not."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.scripts.inside.changes.rules import in_lower_case
from rlprobe.scripts.inside.reading.frames import named_things

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

VALUES = re.compile(
    r"(^|[_.])(q|v|qf|vf|qs|critic|values?|dqn|baseline)\d?($|[_.]|_?(net|func|fn|apply|forward))"
)
PARAMETERS = re.compile(r"(^|[_.])(params?|parameters|weights|theta|variables)($|[_.])")
OTHER = re.compile(r"target|tgt|old|frozen|opt|grad|policy|actor|loss|update|train|step")
MOST_TRIED = 40


def values_in_jax(
    names: Mapping[str, Any], looks: list[Any], actions: int | None
) -> tuple[str, NDArray[np.float64]] | None:
    """The values of observations, ``(n, 1)`` or one for each action, with the expression that gave them.

    Every function that is called like a critic is tried with everything that is called like its parameters.

    Args:
        names: the names of the script.
        looks: the observations.
        actions: the number of discrete actions.
    """
    jax = sys.modules.get("jax")
    if jax is None or not looks:
        return None
    batch = np.stack([np.asarray(look, np.float32) for look in looks])
    tried = [(f, p) for f in _functions(names) for p in _parameters(names, jax)][:MOST_TRIED]
    for (called, function), (holder, parameters) in tried:
        rows = _rows(function, parameters, batch)
        if rows is not None and rows.shape[1] in {1, actions}:
            return f"{called}({holder}, observations)", rows
    return None


def _functions(names: Mapping[str, Any]) -> Iterator[tuple[str, Callable[..., Any]]]:
    for name, thing in named_things(names):
        plain = in_lower_case(name)
        if not VALUES.search(plain) or OTHER.search(plain):
            continue
        if callable(getattr(thing, "apply", None)):
            yield f"{name}.apply", thing.apply
        elif callable(thing) and not isinstance(thing, type):
            yield name, thing


def _parameters(names: Mapping[str, Any], jax: Any) -> Iterator[tuple[str, Any]]:
    """Trees of arrays that are called parameters; those of a critic come first."""
    found = list[tuple[bool, int, str, Any]]()
    for name, thing in named_things(names):
        plain = in_lower_case(name)
        if PARAMETERS.search(plain) and not OTHER.search(plain):
            leaves = jax.tree_util.tree_leaves(thing)
            if len(leaves) > 1 and all(isinstance(leaf, jax.Array) for leaf in leaves):
                found.append((not VALUES.search(plain), len(found), name, thing))
    yield from ((name, thing) for _, _, name, thing in sorted(found, key=lambda one: one[:2]))


def _rows(function: Callable[..., Any], parameters: Any, batch: NDArray[Any]) -> NDArray[np.float64] | None:
    """What a function says of a batch, or of each observation alone; None if it takes something else."""
    calls = (lambda: function(parameters, batch), lambda: [function(parameters, row) for row in batch])
    for call in calls:
        try:
            said = np.asarray(call(), np.float64)
        except Exception:  # noqa: BLE001, S112 - it takes something else
            continue
        if said.ndim and len(said) == len(batch) and said.size and np.isfinite(said).all():
            return said.reshape(len(batch), -1)
    return None
