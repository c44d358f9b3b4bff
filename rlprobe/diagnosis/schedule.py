"""Which runs a diagnosis makes, in which order, and when it stops."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from rlprobe.diagnosis.inference.judge import Result, is_unconfirmed, judge
from rlprobe.diagnosis.inference.method import method_of
from rlprobe.diagnosis.inference.posterior import Evidence
from rlprobe.diagnosis.run import Failure
from rlprobe.diagnosis.training.workers import Task, workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.training.subject import Subject
    from rlprobe.diagnosis.trial import Trial

CERTAIN_ABOVE = 0.95
"""Confidence above which a fault counts as certain; further seeds then only confirm it."""
RETRY_IF_TIMES_LONGER = 2.0
"""A run that timed out is repeated only if it would now get at least this many times as long."""
MORE_STEPS_FACTOR = 4
"""An unconverged run that used up its steps is repeated with this factor of steps, then with its square."""
GIVE_UP_AFTER_CRASHES = 3
"""The diagnosis ends after this many crashes if no run succeeded."""


class Schedule:
    """The runs of one diagnosis. It trains seed by seed and stops when the answer is clear."""

    def __init__(
        self,
        subject: Subject,
        trials: list[Trial],
        *,
        seeds: int,
        deadline: float,
        jobs: int,
        progress: Callable[[int, int, str], None] | None,
    ) -> None:
        self.subject, self.trials, self.seeds, self.deadline = subject, trials, seeds, deadline
        self.jobs, self.progress = jobs, progress
        self.runs: dict[int, list[Run]] = {i: [] for i in range(len(trials))}
        self.failures: dict[int, Failure] = {}
        self.left_out: dict[int, Failure] = {}

    def train(self) -> bool:
        """Train until the answer is clear; True if the user interrupted it."""
        total = sum(trial.seeds or self.seeds for trial in self.trials)
        done = 0
        try:
            with workers(self.subject, self.jobs) as pool:
                for tasks in self._waves():
                    total = max(total, done + len(tasks))
                    for task, outcome in pool.run(tasks, self.deadline):
                        done += 1
                        self._keep(task.number, outcome)
                        tasks.extend(self._further(task))
                        if self.progress:
                            self.progress(done, total, task.trial.label)
                        if self._hopeless():
                            tasks.clear()
                    if self._hopeless() or self._clear():
                        break
        except KeyboardInterrupt:
            return True
        return False

    def results(self) -> list[Result]:
        """The result of each trial so far."""
        method = method_of(run for runs in self.runs.values() for run in runs)
        found = [judge(trial, self.runs[i], method) for i, trial in enumerate(self.trials)]
        return [
            r if r.runs else replace(r, why=self._why_not_run(i), left_out=i in self.left_out)
            for i, r in enumerate(found)
        ]

    def conclusions(self) -> list[Result]:
        """The results, but an action probe that failed with one seed only is undecided."""
        why = (
            "one seed did not find the best actions, and no second one agrees; give more --seeds or --budget"
        )
        return [
            replace(result, outcome="undecided", why=why) if is_unconfirmed(result) else result
            for result in self.results()
        ]

    def _why_not_run(self, number: int) -> str:
        if number in self.left_out:
            return f"left out: the agent cannot be built on it ({self.left_out[number].error})"
        if number in self.failures:
            return f"the agent crashed: {self.failures[number].error}"
        late = time.perf_counter() > self.deadline
        return "not run, because the budget was used up; a longer --budget will run it" if late else "not run"

    def _waves(self) -> Iterator[list[Task]]:
        """All probes with the first seed, then with the next, and in the last wave the exploration probes.

        Once one fault explains every failure, further seeds are trained only on the failing probes. In the
        first wave one value probe comes first, then the action probes: they are solved soonest, and should
        the budget end early, both the critic and the actor have been tested. In later waves the longest runs
        start first, so that no worker begins a long run last.
        """
        judged = [(i, t) for i, t in enumerate(self.trials) if t.probe.asks != "exploration"]
        for seed in range(self.seeds):
            confirm = self._explained()
            results = self.results()
            judged = [(i, t) for i, t in judged if i not in self.failures and i not in self.left_out]
            tasks = [Task(i, t, seed) for i, t in judged if not confirm or results[i].outcome == "fail"]
            tasks.sort(key=self._urgency)
            yield tasks + (self._smallest() if seed == self.seeds - 1 else [])
            while again := self._cut_short(seed):
                yield again
        for _ in range(2):
            yield self._second_opinions()
        for factor in (MORE_STEPS_FACTOR, MORE_STEPS_FACTOR**2):
            yield self._unsettled(factor)

    def _cut_short(self, seed: int) -> list[Task]:
        """Undecided runs that timed out, if each of them would now get more time."""
        results = self.results()
        cut = [
            (Task(i, result.trial, seed), run.seconds)
            for i, result in enumerate(results)
            if result.outcome == "undecided" and result.trial.probe.asks != "exploration"
            for run in result.runs
            if run.seed == seed and run.timed_out
        ]
        left = (self.deadline - time.perf_counter()) * self.jobs
        return [task for task, seconds in cut if seconds * RETRY_IF_TIMES_LONGER < left / len(cut)]

    def _second_opinions(self) -> list[Task]:
        """One more seed of each action probe that failed, if fewer than two seeds agree that it did."""
        return [
            Task(i, result.trial, max(run.seed for run in result.runs) + 1)
            for i, result in enumerate(self.results())
            if is_unconfirmed(result) and i not in self.failures
        ]

    def _unsettled(self, factor: int) -> list[Task]:
        """Runs that used up their steps before their values converged, with more steps, if time allows.

        Basic probes come first.
        """
        results = self.results()
        open_ = [r for r in results if r.outcome == "undecided" and r.trial.probe.asks == "value"]
        open_.sort(key=lambda r: (not r.trial.is_basic, r.seconds))
        left, tasks = (self.deadline - time.perf_counter()) * self.jobs, list[Task]()
        for result in open_:
            longer = replace(result.trial, most_steps=factor * result.trial.most_steps)
            unsettled = [
                run for run in result.runs if run.steps >= result.trial.most_steps and not run.settled
            ]
            left -= sum(factor * run.seconds for run in unsettled)
            if left > 0:
                number = results.index(result)
                tasks += [Task(number, longer, run.seed) for run in unsettled]
        return tasks

    def _hopeless(self) -> bool:
        """Whether the agent crashed on several trials and succeeded on none."""
        return len(self.failures) + len(self.left_out) >= GIVE_UP_AFTER_CRASHES and not any(
            self.runs.values()
        )

    def _urgency(self, task: Task) -> tuple[float, bool]:
        spent = sum(run.seconds for run in self.runs[task.number])
        return -spent, task.number > 0 and task.trial.probe.asks != "action"

    def _smallest(self) -> list[Task]:
        """The exploration probes at their smallest size."""
        first: dict[str, Task] = {}
        for i, trial in enumerate(self.trials):
            if trial.probe.asks == "exploration":
                first.setdefault(trial.name, Task(i, trial, 0))
        return list(first.values())

    def _further(self, done: Task) -> list[Task]:
        """After an exploration probe: the next size if it was solved, two more seeds if it failed."""
        if done.trial.probe.asks != "exploration" or done.seed:
            return []
        runs = self.runs[done.number]
        if judge(done.trial, runs).outcome == "fail":
            return [Task(done.number, done.trial, seed) for seed in (1, 2)]
        following = done.number + 1
        if not any(run.solved for run in runs) or following == len(self.trials):
            return []
        trial = self.trials[following]
        return [Task(following, trial, 0)] if trial.name == done.trial.name else []

    def _keep(self, number: int, outcome: Run | Failure) -> None:
        if isinstance(outcome, Failure) and outcome.refused:
            self.left_out.setdefault(number, outcome)
        elif isinstance(outcome, Failure):
            self.failures.setdefault(number, outcome)
        else:
            before = [run for run in self.runs[number] if run.seed != outcome.seed]
            self.runs[number] = [*before, outcome]

    def _clear(self) -> bool:
        """Whether a second seed has confirmed a certain fault, so that more runs add nothing."""
        return max(len(runs) for runs in self.runs.values()) > 1 and self._explained()

    def _explained(self) -> bool:
        """Whether some probe fails and one known fault certainly explains all failures."""
        results = self.results()
        failed = [result for result in results if result.outcome == "fail"]
        if not failed:
            return False
        evidence = Evidence(results)
        best, chance = evidence.posterior(most_faults=2)[0]
        known = best.faults and not best.unknown
        return (
            bool(known) and chance > CERTAIN_ABOVE and all(evidence.fits(best, result) for result in failed)
        )
