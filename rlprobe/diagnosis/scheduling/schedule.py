"""Which runs a diagnosis makes, in which order, and when it stops."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rlprobe.diagnosis.inference.posterior import Evidence
from rlprobe.diagnosis.judging.excuses import disturbed
from rlprobe.diagnosis.judging.judge import judge
from rlprobe.diagnosis.judging.method import method_of
from rlprobe.diagnosis.scheduling.again import (
    MORE_STEPS_FACTOR,
    all_again,
    confirmation,
    confirmed_only,
    confirming_first,
    cut_short,
    open_again,
    perhaps_luck,
    second_opinions,
    unsettled,
    with_longer_episodes,
)
from rlprobe.diagnosis.scheduling.order import (
    by_what_they_tell,
    in_first_order,
    is_certain,
    is_clear,
    method_may_excuse,
)
from rlprobe.diagnosis.scheduling.outcomes import Outcomes
from rlprobe.diagnosis.scheduling.sights import is_seen_for_sure, seen_once
from rlprobe.diagnosis.scheduling.sizes import larger, smallest
from rlprobe.diagnosis.training.rhythm import WATCHED_ON
from rlprobe.diagnosis.workers import Task, workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.diagnosis.training.subject import Subject
    from rlprobe.diagnosis.trial import Trial
    from rlprobe.faults.declaration import Disturbs

RESERVE_SHARE, MOST_RESERVE_S = 0.06, 8.0
"""The part of the budget that is kept for inference: this share of it, but at most so many seconds, unless
inference was seen to take longer."""
CONCLUSION_TIMES_LONGER = 1.5
"""The last inference tries more explanations: it takes about this many times as long as one in between."""
LONG_INFERENCE_S, TRAINING_BETWEEN = 1.0, 2.0
"""After inference that took more seconds of computing, training goes on at least so many times as long."""


class Schedule:
    """The runs of one diagnosis.

    Unless it is ``full``, a probe that passed with its first seed is decided, what fails or stays undecided
    is run again with further seeds, and no run begins that would not change the answer.
    """

    def __init__(
        self,
        subject: Subject,
        trials: list[Trial],
        *,
        seeds: int,
        budget: float,
        began: float,
        jobs: int,
        progress: Callable[[int, int, str], None] | None,
        full: bool = False,
    ) -> None:
        self.subject, self.trials, self.seeds = subject, trials, seeds
        self.end, self.reserve_s = began + budget, min(RESERVE_SHARE * budget, MOST_RESERVE_S)
        self.jobs, self.progress, self.full = jobs, progress, full
        self.outcomes = Outcomes()
        self.spared = False
        self.memory: dict[Any, float] = {}
        self.confirming = False
        self.repeated: set[int] = set()
        self.next_inference = began

    def train(self) -> bool:
        """Train until the answer is clear; True if the user interrupted it."""
        done = total = 0
        try:
            with workers(self.subject, self.jobs) as pool:
                for tasks in self._waves():
                    self._drop_actions(tasks)
                    total = max(total, done + len(tasks))
                    for task, outcome in pool.run(tasks, self.deadline):
                        done += 1
                        self.outcomes.keep(task.number, outcome)
                        tasks.extend(
                            larger(task, self.outcomes.runs[task.number], self.trials, full=self.full)
                        )
                        if self.progress:
                            self.progress(done, max(total, done), task.trial.label)
                        late = time.perf_counter() > self.deadline
                        if self.outcomes.hopeless or late or self._seen():
                            tasks.clear()
                        elif not self.full:
                            self._drop_actions(tasks)
                            self._reconsider(tasks)
                    # a run that came last may excuse the others
                    self.spared = (self.spared and self._failing()) or self._seen()
                    if self.outcomes.hopeless or self.spared or (self.full and self._clear()):
                        break
        except KeyboardInterrupt:
            return True
        return False

    @property
    def deadline(self) -> float:
        """When the last run has to end, so that the time for inference remains."""
        return self.end - self.reserve_s

    @property
    def _left(self) -> float:
        """Seconds of training that are left, over all processes."""
        return (self.deadline - time.perf_counter()) * self.jobs

    def results(self) -> list[Result]:
        """The result of each trial so far."""
        method = method_of(self.outcomes.all_runs)
        found = [judge(trial, self.outcomes.runs[i], method) for i, trial in enumerate(self.trials)]
        return [r if r.runs else self._not_run(i, r) for i, r in enumerate(found)]

    def conclusions(self) -> list[Result]:
        """The results, but an action probe that failed with one seed only is undecided."""
        return confirmed_only(self.results())

    def _not_run(self, number: int, result: Result) -> Result:
        """The result of a trial without a run, with the reason."""
        if number in self.outcomes.left_out:
            error = self.outcomes.left_out[number].error
            return replace(result, why=f"left out: the agent cannot be built on it ({error})", left_out=True)
        if number in self.outcomes.failures:
            return replace(result, why=f"the agent crashed: {self.outcomes.failures[number].error}")
        seen = result.trial.probe.asks != "value" and self._disturbed("actions")
        if self.spared or seen or not (self.full or result.trial.judged):
            return replace(result, why="not run: the answer is clear without it; --full runs it", spared=True)
        late = time.perf_counter() > self.deadline
        why = "not run, because the budget was used up; a longer --budget will run it" if late else "not run"
        return replace(result, why=why)

    def _waves(self) -> Iterator[list[Task]]:
        """The runs, wave by wave: one seed of each probe, then further seeds, then longer runs."""
        for seed in range(self.seeds):
            yield self._next_seed(seed)
            if seed == 0 and (longer := with_longer_episodes(self.trials, self.outcomes)):
                yield longer
            if seed == 0 and (dropped := self._dropped()):
                yield dropped
            while again := cut_short(self.results(), seed, self._left):
                yield again
        if self.full or not self._failing():
            yield smallest(self.trials, full=self.full)
        if not self.full and not self._failing():
            yield perhaps_luck(self.results())
        for _ in range(2):
            yield self._second_opinions()
        for factor in (MORE_STEPS_FACTOR, MORE_STEPS_FACTOR**2):
            yield unsettled(self.results(), factor, self._left)

    def _second_opinions(self) -> list[Task]:
        return second_opinions(self.results(), self.outcomes.failures)

    def _next_seed(self, seed: int) -> list[Task]:
        """The runs with one more seed.

        In the first wave those come first that tell most. Later the longest runs start first, so that no
        worker begins a long run last; probes that passed are not run again unless the diagnosis is full.
        """
        judged = [
            Task(i, trial, seed)
            for i, trial in enumerate(self.trials)
            if trial.probe.asks != "exploration"
            and i not in self.outcomes.failures
            and i not in self.outcomes.left_out
        ]
        if seed == 0:
            return in_first_order(judged)
        results = self.results()
        if self.full:
            return all_again(
                judged, results, {"fail"} if self._clear(runs=1) else {"pass", "fail", "undecided"}
            )
        return confirming_first(open_again(judged, results), results, self._left)

    def _reconsider(self, tasks: list[Task]) -> None:
        """Once a probe failed: order the remaining runs by what they tell, or drop them if none matters."""
        began, worked = time.perf_counter(), time.process_time()
        if not self._failing() and (once := seen_once(self.results(), self.repeated)):
            self.repeated.add(once.number)
            tasks.insert(0, once)
        if not self._failing() or began < self.next_inference:
            return
        evidence = Evidence(self.results(), self.memory, self.deadline)
        ranked = evidence.posterior(most_faults=2)
        waiting = [self.trials[i] for i in self.outcomes.not_begun(self.trials)]
        if method_may_excuse(evidence.results, waiting) and is_clear(evidence, ranked, least_failed=1):
            tasks.sort(key=lambda task: task.trial.name != WATCHED_ON)
        elif is_clear(evidence, ranked):
            confirmed = Evidence(self.conclusions(), self.memory, self.deadline)
            self.spared = is_clear(confirmed, confirmed.posterior(most_faults=2), least_judged=1)
            tasks[:] = [] if self.spared else self._second_opinions()
        elif is_clear(evidence, ranked, least_failed=1):
            again = min(evidence.failed, key=lambda result: result.steps)
            tasks.insert(0, Task(self.trials.index(again.trial), again.trial, 1))
        elif len(tasks) > 1:
            by_what_they_tell(tasks, evidence, ranked)
        if not self.spared and not self.confirming and (further := confirmation(self.results())):
            self.confirming = True
            tasks.insert(0, further)
        took = time.perf_counter() - began
        if time.process_time() - worked > LONG_INFERENCE_S:
            self.next_inference = began + took + TRAINING_BETWEEN * took
        self.reserve_s = max(self.reserve_s, CONCLUSION_TIMES_LONGER * took)

    def _dropped(self) -> list[Task]:
        """The runs that were dropped for a clear answer which then was none."""
        if self.full or self.spared or self._failing():
            return []
        return [Task(i, self.trials[i], 0) for i in self.outcomes.not_begun(self.trials)]

    def _seen(self) -> bool:
        """Whether a fault was seen that is the answer, or that disturbs all learning."""
        return not self.full and (self._disturbed() or is_seen_for_sure(self.results()))

    def _disturbed(self, what: Disturbs = "everything") -> bool:
        """Whether two runs showed a fault that disturbs all learning, or actions: more would tell nothing."""
        return not self.full and disturbed(self.outcomes.all_runs, what, least=2)

    def _drop_actions(self, tasks: list[Task]) -> None:
        """Leave out the runs that are about actions, where a fault that was seen disturbs them."""
        if self._disturbed("actions"):
            tasks[:] = [task for task in tasks if task.trial.probe.asks == "value"]

    def _failing(self) -> bool:
        return any(result.outcome == "fail" for result in self.results())

    def _clear(self, *, runs: int = 2) -> bool:
        """Whether one known fault certainly explains all failures, with ``runs`` seeds on some probe."""
        if max(map(len, self.outcomes.runs.values()), default=0) < runs or not self._failing():
            return False
        evidence = Evidence(self.results(), self.memory, self.deadline)
        return is_certain(evidence, evidence.posterior(most_faults=2))
