"""What happened on each rung, as data and as JSON, and the verdict."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.ladder.bound import tolerance_bound
from rlprobe.output.files import write_atomically
from rlprobe.output.numbers import short

if TYPE_CHECKING:
    import os

    from rlprobe.ladder.rungs import Rung

SCHEMA: Final = 1


@dataclass(frozen=True)
class RungResult:
    """The result of one rung.

    Args:
        rung: the rung.
        random: returns of random play.
        returns: mean return of each seed, without shaping.
        alive: whether there are signs of life in at least two of three seeds.
        steps: of training, of all seeds.
        seconds: wall time.
    """

    rung: Rung
    random: tuple[float, ...]
    returns: tuple[float, ...]
    alive: bool
    steps: int
    seconds: float

    @property
    def bound(self) -> float:
        """The 95 % tolerance bound of random play."""
        return tolerance_bound(self.random)


@dataclass(frozen=True)
class Climb:
    """All rungs that were climbed, the easiest first.

    Args:
        env: name of the environment.
        agent: name of the agent.
        results: of each rung, up to the first without signs of life.
        left: rungs that were not reached.
        verdict: one sentence.
        notes: what could not be done, and why.
        crash: what the agent raised.
    """

    env: str
    agent: str
    results: tuple[RungResult, ...]
    left: tuple[Rung, ...]
    verdict: str
    notes: tuple[str, ...] = ()
    crash: str = ""

    def as_json(self) -> dict[str, Any]:
        """The climb as plain values, schema 1."""
        found = [
            {
                "name": one.rung.name,
                "removed": one.rung.removed.name if one.rung.removed else None,
                "aids": [{"name": aid.name, "best_policy": aid.keeps} for aid in one.rung.aids],
                "random": {
                    "mean": float(np.mean(one.random)),
                    "bound": one.bound,
                    "episodes": len(one.random),
                },
                "returns": one.returns,
                "alive": one.alive,
                "steps": one.steps,
                "seconds": round(one.seconds, 2),
            }
            for one in self.results
        ]
        return {
            "schema": SCHEMA,
            "env": self.env,
            "agent": self.agent,
            "rungs": found,
            "not_reached": [rung.name for rung in self.left],
            "verdict": self.verdict,
            "notes": list(self.notes),
        }

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Write the climb to ``path``, all or nothing."""
        write_atomically(path, json.dumps(self.as_json(), indent=1).encode())


def verdict(results: list[RungResult], left: tuple[Rung, ...]) -> str:
    """One sentence about all rungs."""
    if not results:
        return "no rung was climbed"
    last = results[-1]
    if last.alive and not left:
        return "signs of life on every rung: the agent learns the task itself; train longer there"
    if last.alive:
        return f"signs of life up to the rung {last.rung.name}; time was up before the next"
    if last.rung.removed is None:
        return (
            f"no signs of life on the easiest rung ({last.rung.name}): test the agent (rlprobe diagnose), "
            "look at its observations (rlprobe inspect), or add an aid (--phi, --features)"
        )
    mean = short(float(np.median(last.returns)))
    return (
        f"what the agent needs is {last.rung.removed.name}: with it there are signs of life, without it "
        f"the return is {mean}, and random play stays below {short(last.bound)}"
    )
