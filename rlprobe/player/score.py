"""Your returns compared with those of random play."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.player.game import Game

if TYPE_CHECKING:
    from collections.abc import Sequence

    import gymnasium as gym

    from rlprobe.player.game import Played

MOST_RANDOM_STEPS = 5_000


@dataclass(frozen=True)
class Score:
    """Returns and lengths of your episodes and of random ones, and the decisions per second you reached."""

    yours: tuple[float, ...]
    lengths: tuple[int, ...]
    random: tuple[float, ...]
    random_lengths: tuple[int, ...]
    decisions_per_second: float | None
    from_observation: bool

    def sentence(self) -> str:
        """Your mean return and that of random play, in one sentence."""
        if not self.yours:
            return "No episode was played to its end."
        seen = " from what the agent sees" if self.from_observation else ""
        if not self.random:
            return f"You reached {np.mean(self.yours):.4g}{seen}; random play finished no episode."
        return f"Random play reaches {np.mean(self.random):.4g}, you reached {np.mean(self.yours):.4g}{seen}."

    def __str__(self) -> str:
        lines = [f"{'':12}{'episodes':>10}{'min':>10}{'mean':>10}{'max':>10}{'length':>10}"]
        for name, totals, lengths in (
            ("you", self.yours, self.lengths),
            ("random play", self.random, self.random_lengths),
        ):
            if totals:
                numbers = (min(totals), float(np.mean(totals)), max(totals), float(np.mean(lengths)))
                lines.append(f"{name:12}{len(totals):10}" + "".join(f"{n:10.4g}" for n in numbers))
        if self.decisions_per_second is not None:
            lines.append(f"{self.decisions_per_second:.1f} decisions per second reached")
        return "\n".join([*(lines if self.yours else lines[2:]), self.sentence()])


def play_randomly(env: gym.Env[Any, Any], seed: int, episodes: int) -> list[Played]:
    """Random episodes with the same seeds; fewer if they take too many steps."""
    env.action_space.seed(int(np.random.SeedSequence([seed, 1, 0]).generate_state(1)[0] >> 1))
    game = Game(env, seed, keep=False)
    for _ in range(MOST_RANDOM_STEPS):
        if game.now.over:
            if len(game.episodes) >= episodes:
                break
            game.restart()
        game.decide(env.action_space.sample())
    return game.finished


def score(
    yours: Sequence[Played], random: Sequence[Played], rate: float | None, *, from_observation: bool
) -> Score:
    """The score of your episodes and of random ones."""
    return Score(
        tuple(e.total for e in yours),
        tuple(len(e.actions) for e in yours),
        tuple(e.total for e in random),
        tuple(len(e.actions) for e in random),
        rate,
        from_observation,
    )
