"""Runs that are made again: cut short, doubted, unconverged, or crashed on episodes of one step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gymnasium.spaces import Box

from rlprobe.diagnosis.choices.chosen import CASH_OUT
from rlprobe.diagnosis.judging.judge import is_unconfirmed
from rlprobe.diagnosis.workers import Task

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from rlprobe.diagnosis.judging.result import Outcome, Result
    from rlprobe.diagnosis.scheduling.outcomes import Outcomes
    from rlprobe.diagnosis.trial import Trial

RETRY_IF_TIMES_LONGER = 2.0
"""A run that timed out is repeated only if it would now get at least this many times as long."""
LEAST_LUCK, MOST_LUCK = 0.01, 0.3
"""A probe that passed is run with a second seed if the chance of luck lies between them. With fewer actions,
a second seed would tell little."""
LEAST_TO_CONFIRM = 2
"""So many CashOut probes that failed are confirmed by a further run of one of them."""
MOST_CONFIRMED = 3
"""Failing probes that are run again with each further seed, unless the diagnosis is full: the shortest."""
MORE_STEPS_FACTOR = 4
"""An unconverged run that used up its steps is repeated with this factor of steps, then with its square."""

NO_SECOND_SEED = (
    "one seed did not find the best actions, and no second one agrees; give more --seeds or --budget"
)


def cut_short(results: Sequence[Result], seed: int, left: float) -> list[Task]:
    """Undecided runs of a seed that timed out, if each of them would now get more of the seconds ``left``."""
    cut = [
        (Task(i, result.trial, seed), run.seconds)
        for i, result in enumerate(results)
        if result.outcome == "undecided" and result.trial.probe.asks != "exploration"
        for run in result.runs
        if run.seed == seed and run.timed_out
    ]
    return [task for task, seconds in cut if seconds * RETRY_IF_TIMES_LONGER < left / len(cut)]


def with_longer_episodes(trials: list[Trial], outcomes: Outcomes) -> list[Task]:
    """The trials with episodes of one step on which the agent crashed, now with longer episodes.

    They take the place of the others in ``trials``, and the first error is kept for the report. An agent that
    learned on no trial at all crashes for another reason.
    """
    if not any(outcomes.runs.values()):
        return []
    tasks = list[Task]()
    for number, failure in list(outcomes.failures.items()):
        longer = None if failure.unreadable else trials[number].longer
        if longer is not None:
            trials[number] = longer
            outcomes.on_single_steps = outcomes.on_single_steps or failure
            del outcomes.failures[number]
            tasks.append(Task(number, longer, 0))
    return tasks


def all_again(judged: Sequence[Task], results: Sequence[Result], outcomes: Container[Outcome]) -> list[Task]:
    """The tasks whose probes have one of the outcomes, the longest first.

    No worker then begins a long run last.
    """
    tasks = [task for task in judged if results[task.number].outcome in outcomes]
    return sorted(tasks, key=lambda task: -sum(run.seconds for run in results[task.number].runs))


def open_again(judged: Sequence[Task], results: Sequence[Result]) -> list[Task]:
    """The same for undecided probes and the shortest of those that failed."""
    failed = [task for task in judged if results[task.number].outcome == "fail"]
    failed.sort(key=lambda task: results[task.number].steps)
    undecided = [task for task in judged if results[task.number].outcome == "undecided"]
    return all_again([*undecided, *failed[:MOST_CONFIRMED]], results, {"undecided", "fail"})


def second_opinions(results: Sequence[Result], failures: Container[int]) -> list[Task]:
    """One more seed of each action probe that failed, if fewer than two seeds agree that it did.

    Of several offers of a sure reward, one more run is enough: they confirm each other.
    """
    doubtful = [(i, results[i]) for i in unconfirmed(results) if i not in failures]
    offers = [pair for pair in doubtful if pair[1].trial.name == CASH_OUT]
    if len(offers) > 1:
        first = min(offers, key=lambda pair: pair[1].steps)
        doubtful = [pair for pair in doubtful if pair not in offers or pair is first]
    return [
        Task(i, result.trial, max(run.seed for run in result.runs) + 1)
        for i, result in sorted(doubtful, key=lambda pair: pair[1].steps)
    ]


def unconfirmed(results: Sequence[Result]) -> list[int]:
    """The numbers of the action probes that failed, and for which fewer than two seeds agree that they did.

    Choices on several CashOut probes have one cause: once one of them is confirmed, all are.
    """
    found = [i for i, result in enumerate(results) if is_unconfirmed(result)]
    failed = [i for i, r in enumerate(results) if r.outcome == "fail" and r.trial.name == CASH_OUT]
    if len(failed) > 1 and any(i not in found for i in failed):
        return [i for i in found if i not in failed]
    return found


def confirmed_only(results: Sequence[Result]) -> list[Result]:
    """The results, but an action probe that failed with one seed only is undecided."""
    alone = unconfirmed(results)
    return [_alone(result) if i in alone else result for i, result in enumerate(results)]


def _alone(result: Result) -> Result:
    solved = any(run.solved for run in result.runs)
    return replace(result, outcome="undecided", why=NO_SECOND_SEED, unconfirmed=not solved)


def confirmation(results: Sequence[Result]) -> Task | None:
    """The run that would confirm the choices on several CashOut probes; None if none is needed.

    It comes early: a slow script may have no time for it in the end.
    """
    open_ = [i for i in unconfirmed(results) if results[i].trial.name == CASH_OUT]
    if len(open_) < LEAST_TO_CONFIRM:
        return None
    first = min(open_, key=lambda i: results[i].steps)
    return Task(first, results[first].trial, max(run.seed for run in results[first].runs) + 1)


def confirming_first(tasks: Sequence[Task], results: Sequence[Result], left: float) -> list[Task]:
    """The tasks, with one run on CashOut first that would confirm the others.

    Other runs on CashOut are left out if there is less time for them than the last ones took.

    Args:
        tasks: runs with a further seed.
        results: the results so far.
        left: seconds of training that are left, over all processes.
    """
    offers = [task for task in tasks if task.trial.name == CASH_OUT]
    open_ = unconfirmed(results)
    offers.sort(key=lambda task: (task.number not in open_, results[task.number].steps))
    left -= sum(_last_s(results[task.number]) for task in tasks if task not in offers)
    kept: list[Task] = []
    for task in offers:
        left -= _last_s(results[task.number])
        if left > 0 or not kept:
            kept.append(task)
    first = kept[:1] if kept and kept[0].number in open_ else []
    return [*first, *(task for task in tasks if task in kept[len(first) :] or task not in offers)]


def _last_s(result: Result) -> float:
    """Seconds that the last run took."""
    return result.runs[-1].seconds if result.runs else 0.0


def perhaps_luck(results: Sequence[Result]) -> list[Task]:
    """One more seed of each action probe that passed with one, if a policy at random might have.

    Values that are right cannot be so by luck. The best of a few actions can: a policy that learns nothing
    wanders, and ends somewhere.
    """
    return [
        Task(i, result.trial, result.runs[0].seed + 1)
        for i, result in enumerate(results)
        if result.outcome == "pass"
        and result.trial.probe.asks == "action"
        and len(result.runs) == 1
        and LEAST_LUCK < _chance(result) <= MOST_LUCK
    ]


def _chance(result: Result) -> float:
    """The chance that actions at random are the best at every observation; 0 if they are continuous."""
    if isinstance(result.trial.mdp.action_space, Box):
        return 0.0
    return float(result.trial.choices(result.runs[0].gamma).best.mean(axis=1).prod())


def unsettled(results: Sequence[Result], factor: int, left: float) -> list[Task]:
    """Runs that used up their steps before their values converged, with more steps, as long as time is left.

    Basic probes come first.
    """
    open_ = [
        (i, r) for i, r in enumerate(results) if r.outcome == "undecided" and r.trial.probe.asks == "value"
    ]
    open_.sort(key=lambda pair: (not pair[1].trial.is_basic, pair[1].seconds))
    tasks = list[Task]()
    for number, result in open_:
        longer = replace(result.trial, most_steps=factor * result.trial.most_steps)
        again = [run for run in result.runs if run.steps >= result.trial.most_steps and not run.settled]
        left -= sum(factor * run.seconds for run in again)
        if left > 0:
            tasks += [Task(number, longer, run.seed) for run in again]
    return tasks
