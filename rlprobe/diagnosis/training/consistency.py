"""Whether the values of an agent depend on the call, on the rest of the batch, or on an evaluation before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.diagnosis import questions

if TYPE_CHECKING:
    from numpy.typing import NDArray

COPIES = 4
"""Copies of each observation in the larger batch."""
EVALUATIONS = 100
"""Calls of ``act`` after which values must be the same."""
SAME_WITHIN = 0.05
"""Two values of one observation count as equal up to this share of their size, which rounding stays below."""


def inconsistency(agent: Any, observations: NDArray[Any]) -> str:
    """A sentence with two different values of the same observation; empty if there are none.

    Not for agents whose values contain the entropy of sampled actions, recurrent agents, and agents whose
    values are known at the observations of the trial only (``fixed_observations``).
    """
    if not _comparable(agent):
        return ""
    batch = _values(agent, np.repeat(observations, COPIES, axis=0))[::COPIES]
    again = _values(agent, np.repeat(observations, COPIES, axis=0))[::COPIES]
    alone = np.concatenate([_values(agent, one[None]) for one in observations])
    for other, said in ((again, "evaluated twice"), (alone, "evaluated alone and in a batch")):
        apart = abs(batch - other) > SAME_WITHIN * np.maximum(1.0, abs(batch))
        if apart.any():
            i = int(np.argmax(apart))
            return f"one observation, {said}, has the values {batch[i]:.3g} and {other[i]:.3g}"
    return ""


def equal_when_alone(agent: Any, observations: NDArray[Any]) -> str:
    """A sentence if an observation's action values are equal when it is evaluated alone, but not in a batch.

    For agents with ``q_values`` of two actions or more.
    """
    if len(observations) < 2 or not callable(getattr(agent, "q_values", None)) or not _comparable(agent):
        return ""
    batch = np.asarray(agent.q_values(observations), dtype=float)
    alone = np.concatenate([np.asarray(agent.q_values(one[None]), dtype=float) for one in observations])
    if batch.ndim != 2 or batch.shape != alone.shape or batch.shape[1] < 2 or not np.isfinite(batch).all():
        return ""
    apart, together = np.ptp(batch, axis=1), np.ptp(alone, axis=1)
    i = int(apart.argmax())
    size = max(1.0, float(abs(batch[i]).max()))
    if together.max() > 1e-3 * size or apart[i] < SAME_WITHIN * size:
        return ""
    said = ", ".join(f"{q:.3g}" for q in batch[i])
    value = f"{alone[i, 0]:.3g}"
    return f"at an observation evaluated alone, all actions have the value {value}; in a batch ({said})"


def evaluation_changes(agent: Any, observations: NDArray[Any]) -> str:
    """A sentence with the values of one observation before and after evaluations; empty if they agree.

    For the agents of ``inconsistency``, once their values do not depend on the call.
    """
    if not _comparable(agent):
        return ""
    before = _values(agent, observations)
    elsewhere = np.repeat(observations[-1:], COPIES, axis=0)
    try:
        for _ in range(EVALUATIONS):
            agent.act(elsewhere)
    except Exception:  # noqa: BLE001 - a probe of values does not need actions
        return ""
    after = _values(agent, observations)
    apart = abs(after - before) > SAME_WITHIN * np.maximum(1.0, abs(before))
    if not apart.any():
        return ""
    i = int(np.argmax(apart))
    return (
        f"one observation has the value {before[i]:.3g}, and {after[i]:.3g} after {EVALUATIONS} calls of "
        "`act`, without learning in between"
    )


def _comparable(agent: Any) -> bool:
    if not questions.shows_values(agent) or getattr(agent, "recurrent", False):
        return False
    if getattr(agent, "fixed_observations", False):
        return False
    return float(getattr(agent, "temperature", 0.0) or 0.0) <= 0.0


def _values(agent: Any, observations: NDArray[Any]) -> NDArray[np.float64]:
    return questions.values(agent, observations, first=False)
