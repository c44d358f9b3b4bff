"""The user's own agent, trained and judged as the others."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.agent import AgentCrashedError, Learning, Setting, close, told
from rlprobe.baselines.counted import Counted, limited, smooth
from rlprobe.baselines.playing import FRESH_EPISODES, Player, opened
from rlprobe.baselines.table import Missing, Row
from rlprobe.environments.nests import batch_of_one

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.agent import MakeAgent
    from rlprobe.baselines.methods.chance import Outcome
    from rlprobe.environments.opening import Make

CHUNK_STEPS: Final = 500
GAMMA: Final = 0.99
CRASHED: Final = "crashed: "


def yours(name: str, make_agent: MakeAgent) -> Callable[[Make, float], Outcome]:
    """The method of the user's agent."""

    def method(make: Make, until: float) -> Outcome:
        player = Player(make, until)
        counted = Counted(limited(opened(make)))
        agent: Any = None
        try:
            agent = make_agent(counted, Setting(gamma=GAMMA))
            _learn(agent, counted, player)
            returns, how = _judged(agent, counted, player)
        except AgentCrashedError as error:
            return [], [Missing(name, f"{CRASHED}{error}")], None
        except Exception as error:  # noqa: BLE001 - whatever a foreign agent raises
            return [], [Missing(name, f"{CRASHED}{told(error)}")], None
        finally:
            close(agent)
        if not returns:
            return [], [Missing(name, "no time for evaluation episodes")], None
        best = max(player.best, max((total for _, total in counted.curve), default=-np.inf))
        steps, note = player.steps + counted.steps, f"your agent, {counted.steps:,} steps of training{how}"
        return (
            [Row(name, "yours", returns, best, steps, player.seconds, note, (smooth(counted.curve),))],
            [],
            None,
        )

    return method


def _learn(agent: Any, counted: Counted, player: Player) -> None:
    """Let the agent learn in chunks until only the fresh episodes have time left."""
    took, learning = 0.0, Learning(agent, lambda: counted.steps)
    while player.left > player.reserve() + took and not learning.finished:
        began = time.perf_counter()
        if hasattr(agent, "until"):
            agent.until = player.until - player.reserve()
        learning.go(CHUNK_STEPS)
        took = time.perf_counter() - began


def _judged(agent: Any, counted: Counted, player: Player) -> tuple[tuple[float, ...], str]:
    """Returns of fresh episodes, or where no policy can be read, of the last ones of training."""
    if not getattr(agent, "readable", True):
        last = tuple(total for _, total in counted.curve[-FRESH_EPISODES:])
        return last, "; no policy could be read (--act names it): its last episodes of training"
    found = player.fresh(lambda observation: agent.act(batch_of_one(observation))[0])
    return found, f"; greedy actions of `{agent.actor}`" if getattr(agent, "actor", None) else ""
