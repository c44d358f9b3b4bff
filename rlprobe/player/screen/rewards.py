"""Which rewards deserve a flash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.player.game import Game

TYPICAL = 500
"""Rewards of the game that say what is usual."""
UNUSUAL = 8.0
SECONDS = 0.4


@dataclass(frozen=True)
class Flash:
    """An unusual reward, and whether it is unusually high or low."""

    value: float
    high: bool


def flash(game: Game, rate: float) -> Flash | None:
    """The last unusual reward if it came within 0.4 s; None where nothing deserves attention.

    A reward is unusual when it lies eight mean deviations from the median of the game: a point in Pong and a
    crash of the lander, but not the reward of 1 at every step of CartPole.

    Args:
        game: in progress.
        rate: decisions per second; 0 while time stands still, when only the last reward counts.
    """
    recent = game.now.rewards[-max(1, round(SECONDS * rate)) :]
    if not recent:
        return None
    usual = np.array(_typical(game), np.float64)
    middle = float(np.median(usual))
    least = UNUSUAL * float(np.abs(usual - middle).mean())
    unusual = (Flash(r, r > middle) for r in reversed(recent) if abs(r - middle) > least and r != middle)
    return next(unusual, None)


def _typical(game: Game) -> Sequence[float]:
    """Up to 500 rewards of the game, the latest."""
    found: list[float] = []
    for episode in reversed(game.episodes):
        found = episode.rewards[-(TYPICAL - len(found)) :] + found
        if len(found) >= TYPICAL:
            break
    return found
