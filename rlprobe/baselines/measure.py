"""Measure all methods on one environment within a time, in processes of their own."""

from __future__ import annotations

import contextlib
import importlib.util
import multiprocessing
import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rlprobe.agent import told
from rlprobe.baselines.methods import chance, linear, networks, tabular
from rlprobe.baselines.methods.yours import CRASHED, yours
from rlprobe.baselines.playing import opened
from rlprobe.baselines.table import Facts, Missing, Row, Table
from rlprobe.baselines.verdict import verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from rlprobe.agent import MakeAgent
    from rlprobe.baselines.methods.chance import Outcome
    from rlprobe.environments.opening import Make

KILL_AFTER_SHARE, KILL_AFTER_LEAST_S = 0.04, 2.0
"""A method may end this late after the deadline, before its process is killed."""
IMPORT_FROM_S: Final = 20.0
"""With less time, the networks import torch themselves, if they come to it at all."""
MOST_LETTERS: Final = 300
"""Of what a method raised."""
NOT_BEGUN: Final = "there was no time left for it"


@dataclass
class Task:
    """A method: its name, its part of the time, and what it does in a process of its own."""

    name: str
    weight: float
    run: Callable[[Make, float], Outcome]


def baselines(
    make: Make,
    *,
    name: str = "",
    minutes: float = 5.0,
    jobs: int = 2,
    vs: tuple[str, MakeAgent] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> Table:
    """What random play, linear policies, tables and networks reach on an environment.

    Args:
        make: makes the environment.
        name: what reports call it; its id by default.
        minutes: wall time of the whole table.
        jobs: processes that run at the same time.
        vs: name and ``make_agent(env, setting)`` of an agent to compare with.
        progress: called with done, total and the last method.

    Raises:
        ValueError: minutes or jobs out of range, or the environment cannot be made.

    >>> from rlprobe.environments.opening import maker
    >>> table = baselines(maker("CartPole-v1"), minutes=0.1)  # doctest: +SKIP
    """
    if not 0 < minutes < float("inf"):
        raise ValueError(f"minutes: expected a positive number, got {minutes}")
    if jobs < 1:
        raise ValueError(f"jobs: expected at least 1, got {jobs}")
    began = time.perf_counter()
    env = opened(make)
    threshold = env.spec.reward_threshold if env.spec is not None else None
    tasks = _tasks(env, vs)
    shown = name or (env.spec.id if env.spec is not None else type(env).__name__)
    env.close()
    board = _Board(make, began + 60.0 * minutes, jobs, progress or _silent)
    board.work(tasks)
    rows = tuple(sorted(board.rows, key=lambda row: -row.mean))
    crash = next((one.why for one in board.missing if one.why.startswith(CRASHED)), "")
    table = Table(
        env=shown,
        threshold=threshold,
        rows=rows,
        missing=tuple(board.missing),
        facts=board.facts,
        seconds=time.perf_counter() - began,
        crash=crash.removeprefix(CRASHED),
        settings={"minutes": minutes, "jobs": jobs, "vs": vs[0] if vs else None},
    )
    return verdict(table)


def _tasks(env: Any, vs: tuple[str, MakeAgent] | None) -> list[Task]:
    """The methods in the order in which they begin; the last ones take what time is left."""
    tasks = [
        Task("random play", 0.10, chance.random_play),
        Task("constant actions", 0.06, chance.constant_play),
        Task("random linear policies", 0.07, linear.guessing),
        Task("cross-entropy method", 0.10, linear.cross_entropy),
        Task("augmented random search", 0.09, linear.random_search),
        Task("tabular Q-learning", 0.10, tabular.q_learning),
    ]
    names = networks.algorithms(env.observation_space, env.action_space)
    tasks += [Task(name, 0.24, networks.of(name)) for name in sorted(names, key="PPO".__eq__)]
    if vs is not None:
        tasks.append(Task(vs[0], 0.24, yours(*vs)))
    return tasks


class _Board:
    """Which methods run, and what those that have ended reported."""

    def __init__(
        self, make: Make, deadline: float, jobs: int, progress: Callable[[int, int, str], None]
    ) -> None:
        self.make, self.deadline, self.jobs, self.progress = make, deadline, jobs, progress
        self.rows: list[Row] = []
        self.missing: list[Missing] = []
        self.facts = Facts()
        self.grace = max(KILL_AFTER_LEAST_S, KILL_AFTER_SHARE * (deadline - time.perf_counter()))

    def work(self, tasks: list[Task]) -> None:
        """Run all tasks."""
        total, waiting = len(tasks), list(tasks)
        running: dict[Any, tuple[Task, Connection, float]] = {}
        try:
            while waiting or running:
                while waiting and len(running) < self.jobs:
                    self._begin(waiting, running)
                if self.deadline - time.perf_counter() > IMPORT_FROM_S:
                    _import_networks()  # once, for all processes that begin later
                for process in list(running):
                    self._look(process, running)
                self.progress(total - len(waiting) - len(running), total, self._names(running))
                time.sleep(0.02)
        finally:
            for process in running:
                process.kill()

    @staticmethod
    def _names(running: dict[Any, tuple[Task, Connection, float]]) -> str:
        return ", ".join(task.name for task, _, _ in running.values())

    def _begin(self, waiting: list[Task], running: dict[Any, tuple[Task, Connection, float]]) -> None:
        task = waiting[0]
        left = self.deadline - time.perf_counter()
        if left <= 0:
            self.missing.append(Missing(waiting.pop(0).name, NOT_BEGUN))
            return
        free = self.jobs - len(running)
        last = len(waiting) <= free
        share = task.weight / sum(one.weight for one in waiting)
        busy = sum(max(0.0, until - time.perf_counter()) for _, _, until in running.values())
        seconds = left if last else min(left, share * (left * self.jobs - busy))
        until = time.perf_counter() + seconds
        waiting.pop(0)
        if "fork" not in multiprocessing.get_all_start_methods() or sys.platform == "darwin":
            self._take(task, _outcome(task, self.make, until))
            return
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_child, args=(task, self.make, until, theirs), daemon=True)
        process.start()
        theirs.close()
        running[process] = task, ours, until

    def _look(self, process: Any, running: dict[Any, tuple[Task, Connection, float]]) -> None:
        """Take what a process reported; kill it when it is much too late."""
        task, connection, until = running[process]
        if connection.poll():
            try:
                self._take(task, connection.recv())
            except EOFError:
                process.join()
                self.missing.append(Missing(task.name, f"its process died (exit code {process.exitcode})"))
            process.join(self.grace)
            process.kill()
            del running[process]
        elif time.perf_counter() > until + self.grace:
            process.kill()
            process.join()
            why = (
                f"stopped {self.grace:.0f} s after its time: a step or update lasts long; give more --minutes"
            )
            self.missing.append(Missing(task.name, why))
            del running[process]

    def _take(self, task: Task, outcome: Outcome | str) -> None:
        if isinstance(outcome, str):
            self.missing.append(Missing(task.name, outcome))
            return
        rows, missing, facts = outcome
        self.rows += rows
        self.missing += missing
        self.facts = facts or self.facts


def _import_networks() -> None:
    """Import what the networks need, if it is installed."""
    if "stable_baselines3" not in sys.modules and importlib.util.find_spec("stable_baselines3"):
        importlib.import_module("stable_baselines3")
        torch = importlib.import_module("torch")
        torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # the first optimiser imports much more


def _silent(done: int, total: int, last: str) -> None:
    """Show no progress."""
    del done, total, last


def _child(task: Task, make: Make, until: float, connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its methods
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):  # noqa: PTH123
        outcome = _outcome(task, make, until)
    connection.send(outcome)
    connection.close()


def _outcome(task: Task, make: Make, until: float) -> Outcome | str:
    try:
        return task.run(make, until)
    except Exception as error:  # noqa: BLE001 - whatever a foreign environment raises
        return told(error)[:MOST_LETTERS]
