"""Linear schedules: from start to end in a straight line."""

from __future__ import annotations

import inspect
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.batches import batches
from rlprobe.checks.family import Family, Mistake, Role, Variant, number
from rlprobe.checks.trial.names import matching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs


def _times(random: np.random.Generator, rows: int) -> dict[str, Any]:
    total = float(int(random.integers(100, 1000)))
    duration = float(int(total * random.uniform(0.2, 0.9)))
    place = rows % 4
    t = (0.3 * duration, 0.7 * duration, duration + 0.4 * (total - duration), 0.0)[place]
    start, end = round(float(random.uniform(0.5, 0.9)), 2), round(float(random.uniform(0.01, 0.2)), 3)
    return {
        "start": start,
        "end": end,
        "duration": duration,
        "total": total,
        "t": float(int(t)),
        "shown": 0.0,
    }


def _schedule_cases() -> Iterator[Case]:
    for case in batches(
        _times,
        {},
        {
            "fraction": lambda c: c.duration / c.total,
            "progress": lambda c: c.t / c.total,
            "progress_remaining": lambda c: 1 - c.t / c.total,
        },
    ):
        yield case
        if case.data["shown"] == 0.0:
            later = case.data["duration"] + 0.5 * (case.data["total"] - case.data["duration"])
            yield case.change(t=later, shown=1.0)


def _line(c: Case, **wrong: Any) -> Outputs:
    share = wrong.get("share", lambda c: min(c.t / c.duration, 1.0))(c)
    start, end = wrong.get("ends", (c.start, c.end))
    return {"value": start + share * (end - start)}


def _scheduled(**wrong: Any) -> Callable[[Case], Outputs]:
    return lambda c: _line(c, **wrong)


def _number(compute: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    return lambda c: {"value": compute(c)}


def _whole(case: Case, shown: frozenset[str]) -> Case:
    """Without a duration of its own the schedule spans the whole training."""
    return case if shown & {"duration", "fraction"} else case.change(duration=case.total)


def _schedules(target: Any) -> Iterable[tuple[str, Callable[[Any], Any]]]:
    """A class or a function that makes a schedule, which is then called with the time."""
    name = getattr(target, "__name__", type(target).__name__)
    try:
        found = [
            p
            for p in inspect.signature(target).parameters.values()
            if p.default is p.empty or matching(p.name, LINEAR_SCHEDULE)
        ]
    except (TypeError, ValueError):
        return
    options = [[role.name for role in matching(one.name, LINEAR_SCHEDULE)] for one in found]
    for roles in itertools.product(*options):
        if {"start", "end", "duration"} & set(roles) and not {"t", "progress", "progress_remaining"} & set(
            roles
        ):
            for when in ("t", "progress_remaining", "progress"):
                yield f"{name}({', '.join(roles)})({when})", _at(target, roles, when)


READ_BY = ("value", "get", "get_value", "at", "get_epsilon", "epsilon", "step")
"""Methods that give a schedule's value at a time."""


def _at(make: Callable[..., Any], roles: tuple[str, ...], when: str) -> Callable[[Any], Any]:
    def called(case: Any) -> Any:
        schedule = make(*(getattr(case, role) for role in roles))
        if isinstance(schedule, (int, float)):
            raise TypeError("expected a schedule, got a number")
        if not callable(schedule):
            name = next((name for name in READ_BY if hasattr(schedule, name)), None)
            if name is None:
                raise TypeError(f"expected a schedule that is called, or has one of {', '.join(READ_BY)}")
            schedule = getattr(schedule, name)
        return schedule(getattr(case, when))

    return called


LINEAR_SCHEDULE = Family(
    name="linear_schedule",
    what="a value that goes from start to end in a straight line, and stays at the end",
    words=(
        r"linear.*(schedule|fn|decay|anneal|eps)",
        r"(eps|epsilon|lr|learning_rate|exploration|beta).*(schedule|decay|anneal|at)",
        r"schedule|anneal|decay|linear",
    ),
    roles=(
        number(
            "start",
            "start_e beta_start initial initial_value init initial_p eps_start start_value max_eps start_eps epsilon_start begin lr initial_lr init_value eps_max start_epsilon initial_epsilon initial_eps value_start from_ initial_value_schedule epsilon_max initial_learning_rate",
            (1.0, 0.9),
        ),
        number(
            "end",
            "end_e final final_value final_p eps_end end_value min_eps end_eps epsilon_end finish eps_min end_epsilon final_epsilon final_eps value_end min_value to epsilon_min final_lr",
            (0.0, 0.05, 0.1, 0.01, 0.02),
        ),
        number(
            "duration",
            "decay_steps beta_frames beta_steps schedule_timesteps steps n_steps anneal_steps decay duration_steps total_time_steps total_steps eps_decay exploration_steps num_steps decay_duration annealing_steps length epsilon_decay_steps max_steps nsteps total_timesteps transition_steps",
        ),
        number(
            "total",
            "total_timesteps total_steps max_steps num_timesteps total_updates num_updates total_num_steps",
        ),
        number("fraction", "end_fraction exploration_fraction fraction_of"),
        Role(
            "t",
            "step timestep current_step global_step steps_done iteration i time step_num n frame now curr_step update cur_step num_timesteps steps epoch count",
            (
                Variant(lambda c: c.t, ""),
                Variant(lambda c: c.t + 1.0, "", "`{name}` counts from 1"),
            ),
        ),
        number("progress_remaining", "progress_left remaining"),
        number("progress", "frac fraction progress_done p"),
    ),
    needs=(),
    outputs={"value": ""},
    fit=_whole,
    right=_line,
    cases=_schedule_cases,
    drivers=_schedules,
    mistakes=(
        Mistake(
            "epsilon-schedule",
            "a line that is not stopped at the end: it goes on beyond it",
            _scheduled(share=lambda c: c.t / c.duration),
        ),
        Mistake(
            "epsilon-schedule", "a line from the end to the start", lambda c: _line(c, ends=(c.end, c.start))
        ),
        Mistake("epsilon-schedule", "the start, at all times", _scheduled(share=lambda _: 0.0)),
        Mistake("epsilon-schedule", "the end, at all times", _scheduled(share=lambda _: 1.0)),
        Mistake(
            "epsilon-schedule",
            "a line to 0 that stops at the end value: it comes there too early",
            _number(lambda c: max(c.end, c.start * (1 - c.t / c.duration))),
        ),
        Mistake(
            "epsilon-schedule",
            "a line to 0, without the end value",
            _number(lambda c: c.start * max(0.0, 1 - c.t / c.duration)),
        ),
        Mistake(
            "epsilon-schedule",
            "a line to 0 that goes on below it",
            _number(lambda c: c.start * (1 - c.t / c.duration)),
        ),
        Mistake(
            "epsilon-schedule",
            "the slope without the start value",
            _number(lambda c: min(c.t / c.duration, 1.0) * (c.end - c.start)),
        ),
        Mistake(
            "epsilon-schedule",
            "a line stopped at the larger of both values at once",
            _number(lambda c: max(c.start + c.t / c.duration * (c.end - c.start), c.start)),
        ),
        Mistake(
            "epsilon-schedule",
            "a line stopped by the wrong bound: min in place of max",
            _number(lambda c: min(c.start + c.t / c.duration * (c.end - c.start), c.end)),
        ),
        Mistake(
            "epsilon-schedule",
            "a line that falls by 1 over the duration, not by start - end",
            _number(lambda c: max(c.end, c.start - c.t / c.duration)),
        ),
        Mistake(
            "epsilon-schedule",
            "a line whose slope is the whole start value: it comes to the end too early",
            _number(lambda c: max(c.end, c.start - c.start * c.t / c.duration)),
        ),
        Mistake(
            "epsilon-schedule",
            "an exponential decay",
            _number(lambda c: c.end + (c.start - c.end) * np.exp(-c.t / c.duration)),
        ),
        Mistake(
            "epsilon-schedule",
            "a geometric decay",
            _number(lambda c: c.start * (c.end / c.start) ** min(c.t / c.duration, 1.0)),
        ),
        Mistake(
            "epsilon-schedule",
            "a line over the whole training in place of its fraction",
            _scheduled(share=lambda c: min(c.t / c.total, 1.0)),
        ),
        Mistake(
            "epsilon-schedule",
            "a line that is read in whole steps of the duration: integer division",
            _scheduled(share=lambda c: min(c.t // c.duration, 1.0)),
        ),
        Mistake(
            "epsilon-schedule",
            "a line of the remaining time where the time that passed belongs",
            _scheduled(share=lambda c: min(1 - min(c.t / c.duration, 1.0), 1.0)),
        ),
    ),
    example="case.start, case.end, case.duration, case.t",
)
