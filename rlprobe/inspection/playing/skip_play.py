"""Random play with each action held for several steps."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.environments.random_policy import RandomActions
from rlprobe.environments.signals import first_number

if TYPE_CHECKING:
    import gymnasium as gym
    import numpy.typing as npt

    from rlprobe.inspection.measures.columns import Columns
    from rlprobe.inspection.playing.watchdog import Heartbeat

    Floats = npt.NDArray[np.float32]

MOST_PIXELS: Final = 600


@dataclass
class Played:
    """What happened with one frame skip; ``paths`` holds the observations of every step, by episode."""

    skip: int
    paths: list[Floats] = field(default_factory=list)
    returns: list[float] = field(default_factory=list)
    decisions: list[int] = field(default_factory=list)
    events: int = 0
    steps: int = 0


@dataclass(frozen=True)
class SkipPlayer:
    """Plays with any frame skip.

    Args:
        env: the environment.
        columns: layout of its observations.
        usual: the usual reward, if there is one.
        seed: of the play.
        heartbeat: sign of life.
    """

    env: gym.Env[Any, Any]
    columns: Columns
    usual: float | None
    seed: int
    heartbeat: Heartbeat

    def play(self, skip: int, steps: int, seconds: float) -> Played:
        """Play for ``steps`` steps of the environment or ``seconds`` seconds, whichever comes first."""
        actions, result, read = RandomActions(self.env.action_space), Played(skip), _reader(self.columns)
        actions.restart(self.seed)
        begin, first = time.perf_counter(), True

        def on() -> bool:
            return result.steps < steps and (not result.steps or time.perf_counter() - begin < seconds)

        while on():
            observation, _ = self.env.reset(seed=self.seed) if first else self.env.reset()
            first, over, earned, event, decisions = False, False, 0.0, False, 0
            path = [read(observation)]
            while not over and on():
                action = actions.draw()
                decisions += 1
                for _ in range(skip):
                    self.heartbeat.beat(
                        f"stepping with frame skip {skip} from seed {self.seed}, step {result.steps}"
                    )
                    observation, reward, terminated, truncated, _ = self.env.step(action)
                    result.steps += 1
                    path.append(read(observation))
                    earned += first_number(reward)
                    event = event or self.usual is None or first_number(reward) != self.usual
                    over = bool(terminated or truncated)
                    if over or not on():
                        break
            result.paths.append(np.array(path))
            if over:
                result.returns.append(earned)
                result.decisions.append(decisions)
                result.events += event
        return result


def _reader(columns: Columns) -> Any:
    """A function from an observation to its numbers; pictures are thinned out to about 600 pixels."""
    write, row = columns.writer(), np.zeros((1, columns.size))
    largest = float(np.finfo(np.float32).max)

    def read(observation: Any) -> Floats:
        write(row, 0, observation)
        parts = [row[0].copy()]
        for part in columns.pictures:
            flat = np.asarray(part.of(observation), dtype=np.float64).reshape(-1)
            parts.append(flat[:: max(1, len(flat) // MOST_PIXELS) | 1])
        values = np.concatenate(parts)
        values = np.nan_to_num(values if len(values) else np.zeros(1), posinf=0.0, neginf=0.0)
        return np.asarray(np.clip(values, -largest, largest), dtype=np.float32)

    return read
