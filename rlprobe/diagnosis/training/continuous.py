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
            best = np.clip(answer, low, high)
            beyond = np.maximum(actions.min(0) - best, best - actions.max(0)) / (high - low)
            worst = int(beyond.argmax())
            self.apart.append(
                f"act() answers {best[worst]:.3g}, and all the last {len(actions)} actions in training lay "
                f"between {actions[:, worst].min():.3g} and {actions[:, worst].max():.3g}"
                if beyond[worst] > FAR_SHARE
                else ""
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
    return early.dtype.kind != "f" or bool((abs(late - early) < 0.1).all())
