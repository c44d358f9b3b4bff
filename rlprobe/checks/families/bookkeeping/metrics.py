"""Explained variance, ``1 - Var(y - y_pred) / Var(y)``, and linear schedules."""

from __future__ import annotations

import inspect
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.batches import batches
from rlprobe.checks.family import Family, Mistake, Role, Variant, number, plain
from rlprobe.checks.trial.names import matching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rlprobe.checks.case import Case
    from rlprobe.checks.family import Outputs


def _predictions(random: np.random.Generator, rows: int) -> dict[str, Any]:
    true = random.normal(size=rows) * 2 + 1
    return {"y_true": true, "y_pred": true * random.uniform(0.3, 0.9) + random.normal(size=rows) * 0.5 + 1.5}


def _metric_cases() -> Iterator[Case]:
    some = np.array([1.0, 2.0, 4.0, -1.0])
    edges = {
        "predicted exactly": {"y_true": some, "y_pred": some},
        "the same prediction for all": {"y_true": some, "y_pred": 0 * some + 2.0},
        "predictions off by a constant": {"y_true": some, "y_pred": some + 3.0},
    }
    return batches(_predictions, {"y_true": "B", "y_pred": "B"}, {}, edges, smallest=3)


def _share(c: Case, **wrong: Callable[[Case], Any]) -> Outputs:
    rest = np.var(c.y_true - c.y_pred) if "rest" not in wrong else wrong["rest"](c)
    whole = np.var(c.y_true) if "whole" not in wrong else wrong["whole"](c)
    with np.errstate(all="ignore"):
        return {"explained variance": 1 - rest / whole}


def _with(**wrong: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    return lambda c: _share(c, **wrong)


def _value(compute: Callable[[Case], Any]) -> Callable[[Case], Outputs]:
    def of(c: Case) -> Outputs:
        with np.errstate(all="ignore"):
            return {"explained variance": compute(c)}

    return of


EXPLAINED_VARIANCE = Family(
    name="explained_variance",
    what="explained variance, 1 - Var(y_true - y_pred) / Var(y_true)",
    words=(r"explained?_?var", r"(^|_)ev$", r"expl"),
    roles=(
        plain(
            "y_pred",
            "B",
            "ypred pred prediction predictions preds values value v vpred y_hat predicted value_pred values_pred estimates yhat",
        ),
        plain(
            "y_true",
            "B",
            "y ytrue true returns ret target targets returns_ actual truth rets y_target labels",
        ),
    ),
    needs=(frozenset({"y_pred"}), frozenset({"y_true"})),
    outputs={"explained variance": ""},
    right=_share,
    cases=_metric_cases,
    strict=True,
    mistakes=(
        Mistake(
            "reported-metric-wrong",
            "the explained variance with predictions and targets swapped: divided by the variance of the predictions",
            _with(whole=lambda c: np.var(c.y_pred)),
            "explained_variance(returns, values)",
            "explained_variance(values, returns)",
        ),
        Mistake(
            "explained-variance-not-centred",
            "R squared: the mean of the squared errors in place of their variance",
            _with(rest=lambda c: np.mean((c.y_true - c.y_pred) ** 2)),
            "1 - ((y - pred) ** 2).mean() / y.var()",
            "1 - (y - pred).var() / y.var()",
        ),
        Mistake(
            "explained-variance-not-inverted",
            "the unexplained share: 1 - is missing",
            _value(lambda c: np.var(c.y_true - c.y_pred) / np.var(c.y_true)),
            "(y - pred).var() / y.var()",
            "1 - (y - pred).var() / y.var()",
        ),
        Mistake(
            "variance-as-deviation",
            "the explained variance from standard deviations",
            _with(rest=lambda c: np.std(c.y_true - c.y_pred), whole=lambda c: np.std(c.y_true)),
        ),
        Mistake(
            "explained-variance-wrong",
            "the share of the variances, Var(y_pred) / Var(y_true)",
            _value(lambda c: np.var(c.y_pred) / np.var(c.y_true)),
            "pred.var() / y.var()",
            "1 - (y - pred).var() / y.var()",
        ),
        Mistake(
            "explained-variance-wrong",
            "1 - Var(y_pred) / Var(y_true)",
            _value(lambda c: 1 - np.var(c.y_pred) / np.var(c.y_true)),
        ),
        Mistake(
            "explained-variance-wrong",
            "the squared correlation",
            _value(lambda c: np.corrcoef(c.y_pred, c.y_true)[0, 1] ** 2 if np.ptp(c.y_pred) > 0 else 0.0),
        ),
        Mistake(
            "explained-variance-wrong",
            "the correlation",
            _value(lambda c: np.corrcoef(c.y_pred, c.y_true)[0, 1] if np.ptp(c.y_pred) > 0 else 0.0),
        ),
        Mistake(
            "sign-flipped",
            "the explained variance with the sum of targets and predictions",
            _with(rest=lambda c: np.var(c.y_true + c.y_pred)),
        ),
        Mistake(
            "explained-variance-wrong",
            "the explained variance with the mean square of the targets in place of their variance",
            _with(whole=lambda c: np.mean(c.y_true**2)),
        ),
    ),
    example="case.y_pred, case.y_true",
)


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


def _at(make: Callable[..., Any], roles: tuple[str, ...], when: str) -> Callable[[Any], Any]:
    def called(case: Any) -> Any:
        schedule = make(*(getattr(case, role) for role in roles))
        if isinstance(schedule, (int, float)):
            raise TypeError("expected a schedule, got a number")
        if not callable(schedule):
            schedule = schedule.value
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
            "decay_steps beta_frames beta_steps schedule_timesteps steps n_steps anneal_steps decay duration_steps total_steps eps_decay exploration_steps num_steps decay_duration annealing_steps length epsilon_decay_steps max_steps nsteps total_timesteps transition_steps",
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
