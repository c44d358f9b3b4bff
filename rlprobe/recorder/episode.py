"""The record of one episode."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

End = Literal["terminated", "truncated", "cut", "interrupted", "error"]


@dataclass
class Episode:
    """One episode of random play; ``ended`` is ``cut`` where the step budget ran out.

    ``frames`` counts its frames, of which the first is the start and the last the terminal one.
    """

    number: int
    seed: int
    actions: list[Any] = field(default_factory=list)
    total: float = 0.0
    rewarded: bool = False
    ended: End = "interrupted"
    frames: int = 0
    in_video: bool = False

    @property
    def length(self) -> int:
        """Number of decisions."""
        return len(self.actions)

    @property
    def complete(self) -> bool:
        """Whether the environment itself ended it."""
        return self.ended in {"terminated", "truncated"}

    def as_json(self) -> dict[str, Any]:
        """The episode as it stands in the JSON file; ``env.reset(seed=seed)`` and ``actions`` replay it."""
        return {
            "episode": self.number,
            "seed": self.seed,
            "return": self.total,
            "length": self.length,
            "terminated": self.ended == "terminated",
            "truncated": self.ended == "truncated",
            "ended": self.ended,
            "frames": self.frames,
            "in_video": self.in_video,
            "actions": [plain(action) for action in self.actions],
        }


def plain(value: Any) -> Any:
    """An action as JSON can hold it."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    return value
