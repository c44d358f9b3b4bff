"""What one agent has shown on one trial with one seed: a run, or the failure that ended it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one seed of a trial has shown.

    Args:
        seed: the seed.
        steps: environment steps taken.
        seconds: wall time.
        gamma: the discount the agent learned with.
        lam, loss, rollout: how its critic forms targets, where it says so.
        temperature: the weight of entropy in the values it showed last.
        initial: ``(n,)`` values before learning; None if it shows none.
        values: ``(n,)`` values in the end; None if it shows none.
        drift: ``(n,)`` how far the values still moved over the last part of the run.
        noise: ``(n,)`` standard deviation of the values over the last part of the run.
        settled: whether the values had stopped moving.
        diverged: whether they became huge or not finite.
        actions: the actions it believes best at the observations asked about.
        solved: on action probes, whether all of them are optimal.
        successes: on exploration probes, how many episodes of the run were the best possible.
        episodes: how many episodes the run had.
        taken: on action probes with discrete actions, ``(n, A)`` how often each action was taken at each
            observation asked about.
        cut: whether time ended the run unsolved before half of its steps: its actions tell nothing.
    """

    seed: int
    steps: int
    seconds: float
    gamma: float
    lam: float | None = None
    loss: str | None = None
    rollout: int | None = None
    temperature: float = 0.0
    initial: NDArray[np.float64] | None = None
    values: NDArray[np.float64] | None = None
    drift: NDArray[np.float64] | None = None
    noise: NDArray[np.float64] | None = None
    settled: bool = False
    diverged: bool = False
    actions: NDArray[Any] | None = None
    solved: bool | None = None
    successes: int = 0
    episodes: int = 0
    action_counts: NDArray[np.int64] | None = None
    timed_out: bool = False


@dataclass(frozen=True)
class Failure:
    """What an agent raised.

    Args:
        error: the error in one line.
        trace: the traceback.
        place: file and line of the agent's code in which it happened.
        unreadable: whether the agent ran, but answered what cannot be read.
    """

    error: str
    trace: str
    place: str = ""
    unreadable: bool = False
