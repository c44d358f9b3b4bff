"""Gradients of losses: autograd's against finite differences."""

from __future__ import annotations

import inspect
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.checks.compiled import in_jax
from rlprobe.checks.trial.calling import ask
from rlprobe.checks.trial.present import as_array
from rlprobe.checks.trial.search import prepared

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Family
    from rlprobe.checks.trial.search import Tried

LEARNED: Final = {
    "ppo_loss": ("log_probs", "log_ratio", "ratio"),
    "clipped_value_loss": ("values",),
    "quantile_huber": ("quantiles",),
}
"""What each loss is descended in."""
GRADIENT = "gradient-stopped"
STEP, NEAR = 1e-4, 2e-2
JAX_STEP, JAX_NEAR = 2e-3, 6e-2
"""JAX computes with 32 bits, so that differences are coarse."""


def gradient_flaw(one: Tried, family: Family, case: Case) -> str:
    """What is wrong with the gradient of a loss whose value is right; empty if nothing is, or it has none.

    Args:
        one: how it is called.
        family: what it computes.
        case: where the gradient is taken.
    """
    role = next((name for name in LEARNED.get(family.name, ()) if name in one.reading.roles), "")
    parameter = next((c.parameter for c in one.reading.choices if c.role == role), "")
    part = next((i for i, name in enumerate(one.match.names) if name and name not in family.extras), None)
    if not parameter or part is None or one.reading.layout == "one" or parameter in one.reading.positional:
        return ""
    seen = prepared(case, one.reading, family)
    if one.reading.kind == "torch":
        slope, step, near = _by_torch(one, family, seen, parameter, part), STEP, NEAR
    elif in_jax(one.reading.function):
        slope, step, near = _by_jax(one, family, seen, parameter, part), JAX_STEP, JAX_NEAR
    else:
        return ""
    if slope is None:
        return ""
    if isinstance(slope, str):
        return slope
    differences = _differences(one, family, seen, role, (part, step))
    if differences is None or differences.size != slope.size or np.isnan(differences).all():
        return ""
    off = np.nanmax(np.abs(slope.reshape(differences.shape) - differences))
    if off <= near * max(float(np.nanmax(np.abs(differences))), 0.05):
        return ""
    return "Its value is correct, but its gradient is that of another function: part of it is detached."


def _summed(answer: Any, part: int) -> float | None:
    if answer.error is not None or len(answer.elements) <= part:
        return None
    array = as_array(answer.elements[part])
    return None if array is None else float(array.sum())


def _differences(
    one: Tried, family: Family, seen: Case, role: str, at: tuple[int, float]
) -> np.ndarray | None:
    """Central differences of the sum of a part of the result, ``at`` being that part and the step.

    NaN where the slopes to both sides differ, as they do at a clip.
    """
    part, step = at
    name = role if role in seen.data else "log_probs"
    middle = _summed(_ask64(one, family, seen), part)
    slopes = np.zeros((2, *seen.data[name].shape))
    for place in np.ndindex(slopes.shape[1:]):
        for side, sign in enumerate((1.0, -1.0)):
            moved = seen.data[name].copy()
            moved[place] += sign * step
            total = _summed(_ask64(one, family, seen.change(**{name: moved})), part)
            if total is None or middle is None:
                return None
            slopes[side][place] = sign * (total - middle) / step
    sharp = np.abs(slopes[0] - slopes[1]) > 0.2 * max(float(np.abs(slopes).max()), 0.05)
    found: np.ndarray = np.where(sharp, np.nan, slopes.mean(axis=0))
    return found / seen.ratio if role == "ratio" else found


def _ask64(one: Tried, family: Family, case: Case) -> Any:
    """The answer with tensors of 64 bits."""
    return ask(replace(one.reading, function=_wide(one.reading.function)), family, case)


def _wide(function: Callable[..., Any], caught: dict[str, Any] | None = None, learned: str = "") -> Any:
    """A function given tensors of 64 bits, one of which asks for its gradient."""

    def called(*positional: Any, **named: Any) -> Any:
        wide = {
            n: v.double() if hasattr(v, "detach") and v.is_floating_point() else v for n, v in named.items()
        }
        if caught is not None:
            wide[learned] = wide[learned].requires_grad_(requires_grad=True)
            caught["input"] = wide[learned]
        return function(*positional, **wide)

    called.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
    called.__wrapped__ = function  # type: ignore[attr-defined]
    called.__name__ = getattr(function, "__name__", "f")
    return called


def _by_torch(one: Tried, family: Family, seen: Case, parameter: str, part: int) -> np.ndarray | str | None:
    """Autograd's gradient of the sum of the result, or what is wrong with it."""
    caught: dict[str, Any] = {}
    reading = replace(one.reading, function=_wide(one.reading.function, caught, parameter))
    answer = ask(reading, family, seen)
    if (
        answer.error is not None
        or len(answer.elements) <= part
        or not hasattr(answer.elements[part], "detach")
    ):
        return None
    if not answer.elements[part].requires_grad:
        return "Its value is correct, but it has no gradient: nothing can be learned from it."
    (slope,) = sys.modules["torch"].autograd.grad(
        answer.elements[part].sum(), caught["input"], allow_unused=True
    )
    if slope is None:
        return f"Its value is correct, but no gradient flows to `{parameter}`."
    found: np.ndarray = slope.detach().numpy()
    return found


def _by_jax(one: Tried, family: Family, seen: Case, parameter: str, part: int) -> np.ndarray | None:
    """The same by JAX; None if the function cannot be traced."""
    jax: Any = sys.modules["jax"]
    caught: dict[str, Any] = {}

    def caught_call(**named: Any) -> Any:
        caught.update(named)
        return one.reading.function(**named)

    caught_call.__name__ = getattr(one.reading.function, "__name__", "f")
    reading = replace(one.reading, function=caught_call)
    if ask(reading, family, seen).error is not None:
        return None

    def total(learned: Any) -> Any:
        result = one.reading.function(**{**caught, parameter: learned})
        parts = list(result.values()) if isinstance(result, dict) else result
        return (parts[part] if isinstance(parts, (list, tuple)) else parts).sum()

    try:
        return np.asarray(jax.grad(total)(jax.numpy.asarray(caught[parameter], "float32")), float)
    except Exception:  # noqa: BLE001 - it may not be traceable
        return None
