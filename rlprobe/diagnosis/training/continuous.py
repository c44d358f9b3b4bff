"""What continuous actions an agent takes while it learns, beside what its ``act`` says is best."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.diagnosis.training.counting import Count

LEAST_TAKEN = 20
"""Actions at one observation between two looks, so that they show where the agent acts."""
LEAST_LOOKS = 3
"""Looks in a row, up to the last one, at which the answer has to lie elsewhere."""
LEAST_CHANGES, LEAST_NOISE = 40, 0.02
"""Changes from one action to the next between two looks, and their standard deviation as a share of the width
of the action space, that show what the noise of two components has in common."""
SAME_NOISE, BACK_AND_FORTH = 0.98, -0.25
"""Correlation of the changes of two components with the same noise; that of a change with the next one, which
is -0.5 for noise and positive for a policy that moves."""
STILL_WITHIN = 0.1
"""A continuous action that changes by less stands still."""
VARIES_ABOVE_SHARE = 0.03
"""The standard deviation of answers at one observation may be at most this share of the width of the action
space."""
FAR_SHARE = 0.1
"""Of the width of the action space: this far beyond all actions that were taken."""


@dataclass
class ContinuousBehaviour:
    """At each look: what was taken since the look before, and what ``act`` says.

    Noise goes to both sides of the action that an agent holds for the best, so its ``act`` answers within
    what it takes.

    Args:
        queried: ``(n, ...)``: the observations that ``act`` is asked about.
        space: the actions, a ``Box``.
        count: keeps the actions that were taken.
    """

    queried: NDArray[Any]
    space: Any
    count: Count
    apart: list[str] = field(default_factory=list)
    shared: list[float] = field(default_factory=list)

    def look(self, said: NDArray[Any]) -> None:
        """Compare the actions taken since the last look with ``said``, ``(n, *action_shape)``."""
        taken = defaultdict(list)
        for seen, action in self.count.moves or ():
            taken[seen].append(action)
        if self.count.moves:
            self.count.moves.clear()
        low, high = self.space.low.ravel(), self.space.high.ravel()
        for seen, answer in zip(self.queried, said.reshape(len(said), -1), strict=True):
            actions = np.array(taken[seen.tobytes()])
            if len(actions) < LEAST_TAKEN:
                continue
            if actions.shape[1] > 1:
                self._compare(actions, low, high)
            best = np.clip(answer, low, high)
            beyond = np.maximum(actions.min(0) - best, best - actions.max(0)) / (high - low)
            worst = int(beyond.argmax())
            self.apart.append(
                f"act() answers {best[worst]:.3g}, and all the last {len(actions)} actions in training lay "
                f"between {actions[:, worst].min():.3g} and {actions[:, worst].max():.3g}"
                if beyond[worst] > FAR_SHARE
                else ""
            )

    def _compare(self, actions: NDArray[np.float64], low: NDArray[Any], high: NDArray[Any]) -> None:
        """Keep how far the noise of the first two components is the same, where none is at a bound."""
        first = (actions[:, :2] - low[:2]) / (high - low)[:2]
        inside = np.all((actions > low)[:, :2] & (actions < high)[:, :2], axis=1)
        change = np.diff(first, axis=0)
        plain = inside[1:] & inside[:-1]
        again = plain[1:] & plain[:-1]
        if (
            plain.sum() < LEAST_CHANGES
            or again.sum() < LEAST_CHANGES
            or change[plain].std(0).min() < LEAST_NOISE
        ):
            return
        returns = np.corrcoef(change[1:][again, 0], change[:-1][again, 0])[0, 1]
        if returns < BACK_AND_FORTH:
            self.shared.append(float(abs(np.corrcoef(change[plain].T)[0, 1])))

    @property
    def shares_noise(self) -> str:
        """A sentence if the components of an action get the same noise; empty otherwise."""
        late = self.shared[-LEAST_LOOKS:]
        if len(late) < LEAST_LOOKS or min(late) < SAME_NOISE:
            return ""
        return (
            "from one step to the next, both components of the actions in training changed together: their "
            f"correlation is {min(late):.3f}"
        )

    @property
    def differs(self) -> str:
        """A sentence if ``act`` answers what training does not do; empty otherwise."""
        late = self.apart[-LEAST_LOOKS:]
        return late[-1] if len(late) == LEAST_LOOKS and all(late) else ""


def equal(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Whether discrete actions are the same; true of continuous ones, which vary a little."""
    return one.dtype.kind == "f" or bool((one == other).all())


def still(early: NDArray[Any], late: NDArray[Any]) -> bool:
    """Whether continuous actions have hardly changed; always true of discrete ones, which jump."""
    return early.dtype.kind != "f" or bool((abs(late - early) < STILL_WITHIN).all())


def varies(said: NDArray[np.float64], space: Any) -> str:
    """A sentence if answers at one observation change from call to call.

    Args:
        said: ``(calls, n, numbers)``: the answers.
        space: the actions, a ``Box``.
    """
    share = said.std(axis=0) / (space.high - space.low).ravel()
    if not share.max() > VARIES_ABOVE_SHARE:
        return ""
    i, k = np.unravel_index(int(share.argmax()), share.shape)
    low, high = said[:, i, k].min(), said[:, i, k].max()
    return f"act() returned actions from {low:.3g} to {high:.3g} in {len(said)} calls with one observation"
