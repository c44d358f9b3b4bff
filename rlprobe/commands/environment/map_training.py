"""Train the agent that ``rlprobe map`` draws."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING, Any, Final

from rlprobe.agent import AgentCrashedError, Learning, Setting, close, told
from rlprobe.diagnosis.questions import AgentError, FactoryError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from rlprobe.agent import MakeAgent
    from rlprobe.maps import Recorder

STEPS: Final = 20_000
MOST_TRAINING_S: Final = 600.0
"""Without --steps, training is cut to the steps that the environment alone can take in this time."""


def train(
    recorder: Recorder,
    make_agent: MakeAgent,
    args: argparse.Namespace,
    share: float,
    progress: Callable[[int, int, str], None],
) -> tuple[str, list[str]]:
    """Let the agent learn, with a moment every so often; returns what it raised, and notes."""
    from rlprobe.maps.answers import RecorderError

    notes: list[str] = []
    agent: Any = None
    try:
        agent = make_agent(recorder, Setting(gamma=recorder.gamma, seed=args.seed))
        steps = args.steps if args.steps is not None else _affordable(recorder, notes)
        _discount(recorder, agent, args.gamma, notes)
        every = max(1, round(share * steps if "%" in args.every else share))
        learning = Learning(agent, lambda: recorder.steps)
        _connect(recorder, agent)
        recorder.snapshot(compare=False)
        while recorder.steps < steps and not learning.finished:
            learning.go(min(every, steps - recorder.steps))
            if recorder.steps - recorder.moments[-1].step >= every or recorder.steps >= steps:
                _connect(recorder, agent)
                recorder.snapshot(compare=False)
            progress(min(recorder.steps, steps), steps, "steps")
        if recorder.moments[-1].step < recorder.steps:
            recorder.snapshot(compare=False)
        notes += _unread(recorder, agent)
    except (AgentCrashedError, FactoryError, RecorderError) as error:
        return str(error), notes
    except AgentError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a foreign agent raises
        if args.debug:
            traceback.print_exc()
        return told(error), notes
    finally:
        close(agent)
    return "", notes


def _discount(recorder: Recorder, agent: Any, asked: float | None, notes: list[str]) -> None:
    """The exact values are for the agent's own discount, unless another is asked for."""
    own = getattr(agent, "gamma", None)
    if own is None or own == recorder.gamma or not 0.0 <= own < 1.0:
        return
    if asked is None:
        recorder.discount(own)
    else:
        notes.append(f"the agent's discount is {own:g}, the exact values are for {asked:g} (--gamma)")


def _affordable(recorder: Recorder, notes: list[str]) -> int:
    """The steps that the environment itself allows in ten minutes, at most the default."""
    recorder.env.reset(seed=0)
    began = time.perf_counter()
    recorder.env.step(recorder.env.action_space.sample())
    each = time.perf_counter() - began
    steps = max(1, min(STEPS, int(MOST_TRAINING_S / each))) if each > 0.005 else STEPS
    if steps < STEPS:
        notes.append(f"a step takes {each:.2g} s: {steps:,} steps of training (set --steps for more)")
    return steps


def _connect(recorder: Recorder, agent: Any) -> None:
    """Let the recorder ask the agent."""
    recorder.policy = agent.act if getattr(agent, "readable", True) else None
    if callable(getattr(agent, "value", None)):
        recorder.value = agent.value
    elif callable(getattr(agent, "q_values", None)):
        recorder.value = lambda observations: agent.q_values(observations).max(axis=1)


def _unread(recorder: Recorder, agent: Any) -> list[str]:
    """What is to be said of how the agent was read."""
    own = getattr(agent, "notes", None)
    if own is not None:
        return list(own)
    return [] if recorder.value else ["the agent shows neither value() nor q_values(): no learned values"]
