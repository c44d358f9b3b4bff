"""Observations of another dtype than declared: converted with a warning if no information is lost."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.environments.nests import is_tensor

if TYPE_CHECKING:
    import numpy.typing as npt

    from rlprobe.stats.leaf import Leaf


def as_declared(
    x: Any, leaf: Leaf, shape: tuple[int, ...], *, called: str, when: str, drifted: set[str]
) -> npt.NDArray[Any]:
    """``x`` as an array of the declared dtype.

    Another dtype of the same kind (float64 for float32, int64 for int32, whole numbers for floats, lists for
    arrays) is converted, with one warning per array and wrapper.

    Args:
        x: what the environment returned.
        leaf: what is declared.
        shape: that it must have; with a leading axis for a batch.
        called: the wrapper, as its user writes it.
        when: the step, in words.
        drifted: labels that have been warned about; grows.

    Raises:
        ValueError: another shape, or values that the declared dtype does not hold; names both.
    """
    came = type(x).__name__ if isinstance(x, (list, tuple)) else ""
    if isinstance(x, (np.generic, int, float, list, tuple)):
        x = _array(x)
    declared = np.dtype(leaf.dtype)
    if isinstance(x, np.ndarray) and x.shape == shape:
        if x.dtype == declared and not came:
            return x
        if x.dtype.kind in "iufb" and np.can_cast(x.dtype, declared, "same_kind"):
            converted = x.astype(declared)
            if declared.kind == "f" or np.array_equal(converted, x):
                _say(called, leaf, came or str(x.dtype), when, drifted)
                return converted
    if is_tensor(x):
        raise ValueError(
            f"{called}: {leaf.label!r} is a torch tensor{when}, and single environments are standardised as "
            "arrays: wrap the environment first, gymnasium.wrappers.array_conversion.ArrayConversion(env, "
            "env_xp=torch, target_xp=numpy), or use vector.NormalizeAll, which takes tensors"
        )
    got = f"an array of shape {x.shape} and dtype {x.dtype}" if isinstance(x, np.ndarray) else repr(type(x))
    raise ValueError(
        f"{called}: the space declares {leaf.label!r} as an array of shape {shape} and dtype "
        f"{leaf.dtype}, but the environment returned {got}{when}: correct the environment or its "
        "observation_space"
    )


def _array(x: Any) -> Any:
    try:
        return np.asarray(x)
    except ValueError:  # rows of different lengths
        return x


def _say(called: str, leaf: Leaf, came: str, when: str, drifted: set[str]) -> None:
    if leaf.label in drifted:
        return
    drifted.add(leaf.label)
    warnings.warn(
        f"{called}: {leaf.label!r} is {came}{when}, and the space declares {leaf.dtype}: it is converted. "
        "Return the declared dtype from reset and step",
        stacklevel=5,
    )
