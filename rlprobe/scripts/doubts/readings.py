"""Why wrong values of a script may be no mistake of it: what was read, how little it has learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.diagnosis.trial import tolerance
from rlprobe.faults.transitions import Learner
from rlprobe.scripts.first_run.discount import USUAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

DISCOUNT_UNKNOWN = (
    "these values fit a discount of {:g}, but no variable in the script is named like a discount; pass it "
    "with {{gamma}} after --, or name it gamma"
)
FEW_UPDATES, SLOW_BELOW_SHARE = 150, 0.5
"""Values that moved less than this share after so few updates may still be on their way."""
FEW_UPDATES_OF_PICTURES = 300
STILL_BELOW_SHARE = 0.1
"""Values that moved less than this share of the largest exact value from the first ones have not moved."""


def reading_doubt(run: Run, critic: str | None, *, sure: bool, rivals: Sequence[str] = ()) -> str:
    """Why wrong values may have been read from something else than the critic; empty if they were not.

    A critic that learns nothing and a layer that is no critic look alike: their outputs hardly move.

    Args:
        run: a run on a value probe.
        critic: what was read.
        sure: whether its name or its library says that it is the critic.
        rivals: other outputs that may as well be it, and that say something else.
    """
    if sure or run.values is None or run.initial is None:
        return ""
    if rivals:
        others = ", ".join(f"`{name}`" for name in dict.fromkeys(rivals))
        return f"the values were read from `{critic}`, and the critic may be {others}; name it with --value"
    if run.diverged:
        return ""
    moved = float(abs(run.values - run.initial).max())
    if moved > STILL_BELOW_SHARE * max(1.0, float(abs(run.initial).max())):
        return ""
    return (
        f"the values read from `{critic}` hardly changed, and it may not be the critic; "
        "name the critic with --value"
    )


def idle_doubt(run: Run, trial: Trial, updates: int | None) -> str:
    """Why wrong values say little where the script never updated a network; empty if it did.

    A script that learns after ``terminated`` only never learns where every episode ends at a time limit.

    Args:
        run: a run on a value probe.
        trial: the trial.
        updates: steps of its optimisers; None if they are not counted.
    """
    if updates != 0 or not run.steps or trial.transitions(reset_transitions=False).terminated.any():
        return ""
    return (
        f"the script made no update in {run.steps:,} steps, and no episode terminates here: "
        "does it learn after `terminated` only, and never after `truncated`?"
    )


def slow_doubt(run: Run, updates: int | None, *, pictures: bool = False) -> str:
    """Why wrong values that hardly moved say little after few updates; empty if there were many.

    Args:
        run: a run on a value probe.
        updates: steps of its optimisers; None if they are not counted.
        pictures: whether it learns from pictures: it needs more updates then, however far values have moved.
    """
    few = FEW_UPDATES_OF_PICTURES if pictures else FEW_UPDATES
    if updates is None or not 0 < updates < few or run.values is None or run.initial is None:
        return ""
    moved = float(abs(run.values - run.initial).max())
    if moved > SLOW_BELOW_SHARE * max(1.0, float(abs(run.initial).max())) and not pictures:
        return ""
    return (
        f"the script made only {updates} updates in {run.steps:,} steps, too few to distinguish slow from "
        "wrong learning; give it a larger learning rate or more updates in each rollout"
    )


def seldom_doubt(run: Run) -> str:
    """Why wrong values of a table say little that changes seldom; empty if it changes often.

    A script that plays many episodes to evaluate each of its steps learns little in the steps of a run.
    """
    if not run.seldom:
        return ""
    return (
        f"its values were the same at most looks over {run.steps:,} steps, and still changed at the end: it "
        "learns in few of them; fewer episodes of evaluation, or more --steps, may decide it"
    )


def discount_doubt(run: Run, trial: Trial) -> str:
    """Why wrong values of a script whose discount is not known may be right; empty if no discount fits.

    Args:
        run: a run on a value probe.
        trial: the trial.
    """
    if run.values is None or run.diverged:
        return ""
    for gamma in USUAL:
        exact = trial.exact(Learner(gamma=gamma))
        error = abs(run.values - exact)
        if run.trend is not None and not run.settled:  # values on their way there may arrive
            error = np.where(run.trend * (exact - run.values) > 0, 0.0, error)
        if (error <= 2.0 * tolerance(exact)).all():
            return DISCOUNT_UNKNOWN.format(gamma)
    return ""
