"""Identities of schedules, statistics, target networks and replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.checks.evidence.identity import Identity, same

if TYPE_CHECKING:
    from rlprobe.checks.case import Case
    from rlprobe.checks.evidence.identity import Asked


def _shifted_and_scaled(asked: Asked, case: Case) -> bool:
    return same(asked(case.change(rewards=3 * case.rewards + 5)), asked(case))


NORMALISED = (
    Identity("the mean is 0", lambda f, c: same(np.asarray(f(c).mean()), np.zeros(()))),
    Identity("3 A + 5 is normalised to the same numbers as A", _shifted_and_scaled),
)
POLYAK = (
    Identity(
        "where both networks are the same, nothing changes",
        lambda f, c: same(f(c.change(target=c.source)), c.source),
        output="new target",
    ),
    Identity(
        "at tau = 1 the target is the source, at tau = 0 it stays",
        lambda f, c: same(f(c.change(tau=1.0)), c.source) and same(f(c.change(tau=0.0)), c.target),
        frozenset({"tau"}),
        "new target",
    ),
)
SCHEDULE = (
    Identity(
        "it begins at the start value",
        lambda f, c: same(f(c.change(t=0.0)), f.seen(c).start),
        frozenset({"start", "t"}),
    ),
    Identity(
        "after its duration it stays at the end value",
        lambda f, c: (
            same(f(c.change(t=f.seen(c).duration)), f.seen(c).end)
            and same(f(c.change(t=f.seen(c).duration + 7.0)), f.seen(c).end)
        ),
        frozenset({"start", "end", "duration", "t"}),
    ),
    Identity(
        "half way it is in the middle",
        lambda f, c: same(f(c.change(t=f.seen(c).duration / 2)), (f.seen(c).start + f.seen(c).end) / 2),
        frozenset({"start", "end", "duration", "t"}),
    ),
)
EXPLAINED = (
    Identity(
        "exact predictions explain everything: 1",
        lambda f, c: same(f(c.change(y_pred=c.y_true)), np.ones(())),
        output="explained variance",
    ),
    Identity(
        "the same prediction for all explains nothing: 0",
        lambda f, c: same(f(c.change(y_pred=0 * c.y_true + 2.0)), np.zeros(())),
        output="explained variance",
    ),
    Identity(
        "predictions off by a constant explain as much",
        lambda f, c: same(f(c.change(y_pred=c.y_pred + 3.0)), f(c)),
        output="explained variance",
    ),
)
WEIGHTS = (
    Identity(
        "equal priorities give weights of 1",
        lambda f, c: same(f(c.change(priorities=0 * c.priorities + 0.7)), np.ones(c.sizes["B"])),
    ),
    Identity(
        "at beta = 0 weights are 1",
        lambda f, c: same(f(c.change(beta=0.0)), np.ones(c.sizes["B"])),
        frozenset({"beta"}),
    ),
)
PROBABILITIES = (
    Identity("probabilities sum to 1", lambda f, c: same(np.asarray(f(c).sum()), np.ones(()))),
    Identity(
        "at alpha = 0 all are equally likely",
        lambda f, c: same(f(c.change(alpha=0.0)), np.full(c.sizes["B"], 1 / c.sizes["B"])),
        frozenset({"alpha"}),
    ),
    Identity(
        "priorities times 3 give the same probabilities",
        lambda f, c: same(f(c.change(priorities=3 * c.priorities)), f(c)),
    ),
)
STATISTICS = (
    Identity(
        "values + 5 have a mean 5 higher",
        lambda f, c: same(f(c.change(series=c.series + 5.0)), f(c) + 5.0),
        output="mean",
    ),
)
OF = {
    "normalised_advantages": NORMALISED,
    "polyak_update": POLYAK,
    "linear_schedule": SCHEDULE,
    "explained_variance": EXPLAINED,
    "per_weights": WEIGHTS,
    "per_probabilities": PROBABILITIES,
    "running_mean_std": STATISTICS,
}
