"""Known mistakes of backward recursions: at the ends of episodes, in discounts and in lambda."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.families.rollouts.edits import Edit, Ingredients

if TYPE_CHECKING:
    from collections.abc import Callable

    from rlprobe.checks.case import Case


def _both(mask: Any) -> Ingredients:
    return {"boot": mask, "trace": mask}


def _early(flags: Any, last: Any) -> Any:
    """Flags read one step later than they belong."""
    return 1.0 - np.concatenate([flags[1:], np.broadcast_to(last, flags[:1].shape)])


def _late(flags: Any, first: Any) -> Any:
    return 1.0 - np.concatenate([np.broadcast_to(first, flags[:1].shape), flags[:-1]])


def _early_by(last: Callable[[Any], Any]) -> Callable[[Ingredients, Case], Ingredients]:
    return lambda _, c: _both(_early(c.done, last(c.done)))


def _late_by(first: Callable[[Case], Any]) -> Callable[[Ingredients, Case], Ingredients]:
    return lambda _, c: _both(_late(c.done, first(c)))


def _where(flags: Any, value: Any, other: Any) -> Any:
    return np.where(flags, value, other)


_ENDS = (
    Edit(
        "truncation-as-termination",
        "{} in which a truncated step does not bootstrap, as if it had terminated",
        lambda i, c: {"boot": 1.0 - c.done},
    ),
    Edit(
        "termination-ignored", "{} in which no end is read at all", lambda i, c: _both(1.0 + 0 * i["reward"])
    ),
    Edit(
        "termination-ignored",
        "{} in which a terminated step still bootstraps",
        lambda i, c: {"boot": 1.0 + 0 * i["reward"]},
    ),
    Edit(
        "gae-not-cut",
        "{} whose running sum is not cut where an episode ends",
        lambda i, c: {"trace": 1.0 + 0 * i["reward"]},
    ),
    Edit(
        "gae-not-cut",
        "{} whose running sum is cut by termination, and not by truncation",
        lambda i, c: {"trace": 1.0 - c.terminated},
    ),
    *(
        Edit(
            "done-one-early",
            "{} in which `done` is read one step too early: the flag of step t + 1 cuts step t" + tail,
            _early_by(last),
        )
        for tail, last in (
            (", and the last step has its own flag", lambda d: d[-1]),
            (", and the last step is never cut", lambda _: 0.0),
            (", and the last step is cut always", lambda _: 1.0),
            (", and the last step has the flag of the first", lambda d: d[0]),
        )
    ),
    Edit(
        "done-one-early",
        "{} in which the flag of the next step stops the bootstrap",
        lambda i, c: {"boot": _early(c.terminated, c.terminated[-1])},
    ),
    Edit(
        "done-one-early",
        "{} in which the flag of the next step cuts the running sum",
        lambda i, c: {"trace": _early(c.done, c.done[-1])},
    ),
    *(
        Edit(
            "done-one-late",
            "{} in which `done` is read one step too late: the flag of step t - 1 cuts step t" + tail,
            _late_by(first),
        )
        for tail, first in (
            ("", lambda c: 0.0),
            (", and the first step has the flag of the last", lambda c: c.done[-1]),
            (", and the first step has its own flag", lambda c: c.done[0]),
            (" (the flags as they were before each step)", lambda c: c.began),
        )
    ),
    Edit(
        "done-one-late",
        "{} in which the flag before step t cuts step t, and the last step has the next flag",
        lambda i, c: _both(np.concatenate([1.0 - c.done_before[:-1], 1.0 - c.done[-1:]])),
    ),
    Edit(
        "done-one-late",
        "{} in which the flag of the step before cuts the running sum",
        lambda i, c: {"trace": _late(c.done, 0.0)},
    ),
    Edit(
        "terminated-and-truncated-bootstraps",
        "{} in which a step that is both terminated and truncated bootstraps",
        lambda i, c: {"boot": 1.0 - (c.terminated & ~c.truncated)},
    ),
    Edit(
        "truncation-bootstraps-reset-observation",
        "{} in which a truncated step bootstraps from the first observation of the next episode",
        lambda i, c: {"next_value": c.reset_values},
    ),
    Edit(
        "truncation-bootstraps-same-observation",
        "{} in which a truncated step bootstraps from the observation before the step",
        lambda i, c: {"next_value": _where(c.truncated, c.values, c.next_values)},
    ),
    Edit(
        "done-mask-inverted",
        "{} in which the flag is used the wrong way round: it bootstraps where the episode ended",
        lambda i, c: _both(1.0 * c.done),
        "next_value * done",
        "next_value * (1 - done)",
    ),
)
FLAGS = frozenset(
    [
        "dones",
        "ends",
        "terminated",
        "truncated",
        "timeouts",
        "episode_starts",
        "masks",
        "bad_masks",
        "discounts",
        "next_done",
        "next_mask",
    ]
)
ENDS = tuple(replace(edit, needs=FLAGS) for edit in _ENDS)
"""Mistakes at the ends of episodes: of functions that are told of them."""

DISCOUNTS = (
    Edit("no-discount", "{} without any discount", lambda i, c: {"gamma": 1.0, "trace_gamma": 1.0}),
    Edit("no-discount", "{} whose bootstrap is not discounted", lambda i, c: {"gamma": 1.0}),
    Edit(
        "no-discount",
        "{} whose running sum decays with lambda alone, without gamma",
        lambda i, c: {"trace_gamma": 1.0},
    ),
    Edit(
        "discount-exponent",
        "{} with gamma squared",
        lambda i, c: {"gamma": c.gamma**2, "trace_gamma": c.gamma**2},
    ),
    Edit(
        "discount-exponent",
        "{} with gamma squared in the running sum",
        lambda i, c: {"trace_gamma": c.gamma**2},
    ),
    Edit("discount-exponent", "{} with gamma squared in the bootstrap", lambda i, c: {"gamma": c.gamma**2}),
    Edit(
        "discount-exponent",
        "{} with 1 - gamma in place of gamma",
        lambda i, c: {"gamma": 1 - c.gamma, "trace_gamma": 1 - c.gamma},
    ),
)
LAMBDAS = (
    Edit(
        "lambda-ignored",
        "{} without lambda: as at lambda = 1",
        lambda i, c: {"lam": 1.0},
        "advantage = delta + gamma * advantage",
        "advantage = delta + gamma * lam * advantage",
    ),
    Edit(
        "lambda-ignored",
        "{} at lambda = 0: nothing is accumulated",
        lambda i, c: {"lam": 0.0},
        "advantage = delta",
        "advantage = delta + gamma * lam * advantage",
    ),
    Edit(
        "lambda-wrong",
        "{} with 1 - lambda in place of lambda",
        lambda i, c: {"lam": 1 - c.lam},
        "gamma * (1 - lam) * advantage",
        "gamma * lam * advantage",
    ),
    Edit(
        "lambda-wrong",
        "{} with lambda squared",
        lambda i, c: {"lam": c.lam**2},
        "gamma * lam * lam * advantage",
        "gamma * lam * advantage",
    ),
    Edit(
        "lambda-wrong",
        "{} with gamma and lambda in each other's place",
        lambda i, c: {"gamma": c.lam, "trace_gamma": c.gamma},
        "def gae(rewards, values, lam, gamma)",
        "def gae(rewards, values, gamma, lam)",
        needs=frozenset({"lam"}),
    ),
)
