"""What the user asked of an inspection."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to inspect.

    Args:
        gamma: the discount that the agent will use, above 0 and at most 1.
        dt: seconds of the environment's own time per action; None to find out.
        steps: steps to play; None for as many as fit into ``seconds``.
        seconds: wall time for playing.
        timeout: seconds after which a call into the environment counts as hung.
        seed: of the first episode.
        checkers: whether to run the checkers of Gymnasium and Stable-Baselines3.
        pictures: whether to make the contact sheet and the video.

    Raises:
        ValueError: a number out of range.
    """

    gamma: float = 0.99
    dt: float | None = None
    steps: int | None = None
    seconds: float = 30.0
    timeout: float = 20.0
    seed: int = 0
    checkers: bool = True
    pictures: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.gamma <= 1:
            raise ValueError(f"expected gamma above 0 and at most 1, got {self.gamma}")
        for name in ("dt", "steps", "seconds", "timeout"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"expected {name} above 0, got {value}")
        if self.seed < 0:
            raise ValueError(f"expected a seed of 0 or more, got {self.seed}")
