"""What can go wrong in a target, whichever way the next action is chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.checks.family import Mistake, Outputs

if TYPE_CHECKING:
    from rlprobe.checks.case import Case

TABLE = "a table of all pairs"
OUTPUTS = {"targets": "B", "TD errors": "B", "TD errors, prediction less target": "B", TABLE: "BB"}


def _taken(case: Case) -> Any:
    return np.take_along_axis(case.q, case.actions[:, None], axis=1)[:, 0]


def target(case: Case, best: Any, **wrong: Any) -> Outputs:
    """The outputs that follow from the value of the best next action, and from what is wrong besides."""
    mask = wrong.get("mask", 1.0 - case.terminated)
    reward = wrong.get("reward", case.rewards)
    gamma = wrong.get("gamma", case.gamma)
    found = reward + gamma * mask * best
    return {"targets": found, "TD errors": found - _taken(case), OUTPUT_MINUS: _taken(case) - found}


OUTPUT_MINUS = "TD errors, prediction less target"


def by_max(case: Case) -> Any:
    """The value of the action that the target network likes best."""
    return case.next_q.max(axis=-1)


def by_double(case: Case) -> Any:
    """The target network's value of the action that the online network likes best."""
    return pick(case.next_q, case.next_q_online.argmax(axis=-1))


def pick(table: Any, actions: Any) -> Any:
    """The value of one action of each row."""
    return np.take_along_axis(table, np.asarray(actions)[:, None], axis=1)[:, 0]


TABLES: tuple[tuple[str, Callable[[Any, Any, Any], Any]], ...] = (
    ("every reward with every next value", lambda r, best, go: r[:, None] + (best * go)[None]),
    ("every next value with every reward", lambda r, best, go: r[None] + (best * go)[:, None]),
    ("every next value with every reward and flag", lambda r, best, go: r[None] + best[:, None] * go[None]),
    (
        "every reward and flag with every next value",
        lambda r, best, go: r[:, None] + best[None] * go[:, None],
    ),
    ("every flag with every reward and next value", lambda r, best, go: r[None] + best[None] * go[:, None]),
)
"""What a column among flat arrays leads to; ``go`` is gamma where the episode goes on."""


def _tabled(best: Callable[[Case], Any], table: Callable[[Any, Any, Any], Any]) -> Callable[[Case], Outputs]:
    return lambda c: {TABLE: table(c.rewards, best(c), c.gamma * (1.0 - c.terminated))}


Change = Callable[["Callable[[Case], dict[str, Any]]"], "Callable[[Case], Outputs]"]
"""From what is wrong in a case to the outputs with it."""


def wrong_targets(best: Callable[[Case], Any]) -> tuple[Mistake, ...]:
    """What can go wrong whichever way the next action is chosen."""

    def of(what: Callable[[Case], dict[str, Any]]) -> Callable[[Case], Outputs]:
        return lambda c: target(c, **{"best": best(c), **what(c)})

    return (*_masks_and_discounts(of), *_rewards(of), *_tables(best), *_maxima(of), *_states(of))


def _masks_and_discounts(of: Change) -> tuple[Mistake, ...]:
    return (
        Mistake(
            "truncation-as-termination",
            "targets in which a truncated step does not bootstrap",
            of(lambda c: {"mask": 1.0 - c.done}),
        ),
        Mistake(
            "termination-ignored", "targets that bootstrap after a termination", of(lambda _: {"mask": 1.0})
        ),
        Mistake(
            "terminated-and-truncated-bootstraps",
            "targets in which a step that is both terminated and truncated bootstraps",
            of(lambda c: {"mask": 1.0 - (c.terminated & ~c.truncated)}),
        ),
        Mistake(
            "done-mask-inverted",
            "targets that bootstrap only after a termination",
            of(lambda c: {"mask": 1.0 * c.terminated}),
            "gamma * done * next_q.max(1)",
            "gamma * (1 - done) * next_q.max(1)",
        ),
        Mistake("no-discount", "targets without a discount", of(lambda _: {"gamma": 1.0})),
        Mistake("discount-exponent", "targets with gamma squared", of(lambda c: {"gamma": c.gamma**2})),
        Mistake("no-bootstrap", "the rewards alone", of(lambda _: {"gamma": 0.0})),
        Mistake(
            "sign-flipped",
            "targets that subtract the value of the next state",
            of(lambda c: {"gamma": -c.gamma}),
        ),
    )


def _rewards(of: Change) -> tuple[Mistake, ...]:
    return (
        Mistake(
            "reward-clipped",
            "targets with rewards clipped to -1 and 1",
            of(lambda c: {"reward": np.clip(c.rewards, -1, 1)}),
        ),
        Mistake(
            "reward-clipped",
            "targets with the sign of the rewards only",
            of(lambda c: {"reward": np.sign(c.rewards)}),
        ),
        Mistake(
            "reward-cast-to-int",
            "targets with rewards cast to integers",
            of(lambda c: {"reward": np.trunc(c.rewards)}),
        ),
        Mistake(
            "td-error-masked",
            "targets in which the mask also removes the reward of the last step",
            of(lambda c: {"reward": c.rewards * (1.0 - c.terminated)}),
        ),
        Mistake(
            "reward-discounted",
            "targets that discount the reward too",
            of(lambda c: {"reward": c.gamma * c.rewards}),
            "gamma * (reward + next_value)",
            "reward + gamma * next_value",
        ),
    )


def _tables(best: Callable[[Case], Any]) -> tuple[Mistake, ...]:
    return tuple(
        Mistake(
            "loss-broadcast",
            f"a table that pairs {words}: (N, 1) met (N,)",
            _tabled(best, table),
            "rewards + gamma * next_q.max(1, keepdim=True).values",
            "rewards + gamma * next_q.max(1).values  # both (N,)",
            needs=frozenset({"next_q", "target_network", "network"}),
        )
        for words, table in TABLES
    )


def _maxima(of: Change) -> tuple[Mistake, ...]:
    return (
        Mistake(
            "wrong-max",
            "targets with the mean over the next actions",
            of(lambda c: {"best": c.next_q.mean(axis=-1)}),
        ),
        Mistake(
            "wrong-max", "targets with the worst next action", of(lambda c: {"best": c.next_q.min(axis=-1)})
        ),
        Mistake(
            "wrong-max",
            "targets with one maximum over the whole batch",
            of(lambda c: {"best": c.next_q.max()}),
            "next_q.max()",
            "next_q.max(axis=1)",
            many=True,
        ),
        *_other_numbers(of),
    )


def _other_numbers(of: Change) -> tuple[Mistake, ...]:
    return (
        Mistake(
            "wrong-max",
            "targets with the index of the best next action in place of its value",
            of(lambda c: {"best": 1.0 * c.next_q.argmax(axis=-1)}),
        ),
        Mistake(
            "wrong-max",
            "targets with the smaller of both networks' best values",
            of(lambda c: {"best": np.minimum(c.next_q, c.next_q_online).max(axis=-1)}),
        ),
        Mistake(
            "wrong-max",
            "targets with the sum over the next actions",
            of(lambda c: {"best": c.next_q.sum(axis=-1)}),
        ),
        Mistake(
            "wrong-max",
            "targets with the absolute values of the next actions",
            of(lambda c: {"best": np.abs(c.next_q).max(axis=-1)}),
        ),
        Mistake(
            "wrong-max",
            "targets with the action that was taken in place of the best next one",
            of(lambda c: {"best": pick(c.next_q, c.actions)}),
        ),
        Mistake(
            "wrong-max",
            "targets with the action that is best in the state before",
            of(lambda c: {"best": pick(c.next_q, c.q.argmax(axis=-1))}),
        ),
    )


def _states(of: Change) -> tuple[Mistake, ...]:
    return (
        Mistake(
            "next-observation-is-observation",
            "targets from the state before the step",
            of(lambda c: {"best": c.q_target_now.max(axis=-1)}),
        ),
        Mistake(
            "next-observation-is-observation",
            "targets from the online network's values of the state before the step",
            of(lambda c: {"best": c.q.max(axis=-1)}),
        ),
    )
