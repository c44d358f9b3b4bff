"""The user's own agent, trained and judged as the others."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.agent import Setting
from rlprobe.baselines.counted import Counted, limited, smooth
from rlprobe.baselines.playing import Player, opened
from rlprobe.baselines.table import Missing, Row

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
        try:
            agent = make_agent(counted, Setting(gamma=GAMMA))
            _learn(agent, counted, player)
            returns = player.fresh(lambda observation: agent.act(np.asarray(observation)[None])[0])
        except Exception as error:  # noqa: BLE001 - whatever a foreign agent raises
            return [], [Missing(name, f"{CRASHED}{type(error).__name__}: {error}{_place(error)}")], None
        if not returns:
            return [], [Missing(name, "no time for fresh episodes")], None
        best = max(player.best, max((total for _, total in counted.curve), default=-np.inf))
        steps, note = player.steps + counted.steps, f"your agent, {counted.steps:,} steps of training"
        return (
            [Row(name, "yours", returns, best, steps, player.seconds, note, (smooth(counted.curve),))],
            [],
            None,
        )

    return method


def _learn(agent: Any, counted: Counted, player: Player) -> None:
    """Let the agent learn in chunks until only the fresh episodes have time left."""
    took, idle = 0.0, 0
    while player.left > player.reserve() + took and idle < 40:
        began, before = time.perf_counter(), counted.steps
        agent.learn(CHUNK_STEPS)
        took = time.perf_counter() - began
        idle = idle + 1 if counted.steps == before else 0
    if idle == 40 and counted.steps == 0:
        raise RuntimeError(
            f"learn({CHUNK_STEPS}) was called {idle} times and took no step in the environment that the "
            "agent was built with"
        )


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f" ({frames[-1].filename}:{frames[-1].lineno})" if frames else ""
