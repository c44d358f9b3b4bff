"""The arguments of an inspection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PLAYING_SHARE: Final = 0.4
CHECK_SHARE: Final = 0.03
SKIP_SHARE: Final = 0.03
PICTURES_SHARE: Final = 0.15
"""Shares of the time that an inspection has."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How to inspect.

    Args:
        gamma: the discount that the agent will use, above 0 and at most 1.
        dt: seconds of the environment's own time per action; None to find out.
        steps: steps to play; None for as many as fit into ``seconds``.
        seconds: wall time for the whole inspection; about half of it is played, the rest checks and draws.
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

    @property
    def playing(self) -> float:
        """Seconds for playing the random policy."""
        return PLAYING_SHARE * self.seconds

    @property
    def check(self) -> float:
        """Seconds for each check of the contract, at most."""
        return min(3.0, CHECK_SHARE * self.seconds)

    @property
    def skip(self) -> float:
        """Seconds for playing with each frame skip, at most."""
        return min(2.0, SKIP_SHARE * self.seconds)

    @property
    def pictures_seconds(self) -> float:
        """Seconds for drawing, at most."""
        return min(6.0, PICTURES_SHARE * self.seconds)

    def __post_init__(self) -> None:
        if not 0 < self.gamma <= 1:
            raise ValueError(f"expected gamma above 0 and at most 1, got {self.gamma}")
        for name in ("dt", "steps", "seconds", "timeout"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"expected {name} above 0, got {value}")
        if self.seed < 0:
            raise ValueError(f"expected a seed of 0 or more, got {self.seed}")
