"""When wrong values of actions are right for the way in which a script learns them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from probe_envs import evaluate
from rlprobe.diagnosis.trial import tolerance
from rlprobe.faults import fault, predict
from rlprobe.faults.transitions import Learner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

TOO_LARGE_BY_SHARE = 0.25
"""The larger of two noisy values may lie this share above the exact one..."""
LARGEST_OF = {2: 0.56, 3: 0.85, 4: 1.03, 5: 1.16, 6: 1.27, 8: 1.42, 10: 1.54, 18: 1.82}
"""... and the largest of more values, in proportion to the mean of the largest of so many normal numbers."""
BESIDE_CHANCE = 0.4
"""Values that are so many tolerances above those of random play are not those of a mean over all actions."""
RANDOM_ENDS = (
    "these values lie between the exact ones and those of a truncation that is taken as an end; in a table "
    "with a large step size they are too noisy to say which"
)


def is_certain(trial: Trial) -> bool:
    """Whether the target at each observation is certain, so that few steps show all there is to learn."""
    met = trial.transitions(reset_transitions=False)
    next_values = np.where(met.bootstrap_mask > 0, met.bootstrap, -1)
    targets = {*zip(met.observation[met.current], met.reward, next_values, strict=True)}
    return len(targets) == len({int(observation) for observation, _, _ in targets})


def maximum_doubt(run: Run, trial: Trial, *, actions: int, in_table: bool = False) -> str:
    """Why values that are a little too large may be those of correct Q-learning; empty if they are not.

    Where transitions are random, each action value is noisy, and the largest of them is too large.
    Source: Hasselt, Double Q-learning (2010).

    Args:
        run: a run on a value probe.
        trial: the trial.
        actions: how many actions the script learns values of; 0 if it learns none.
        in_table: whether they stand in a table, where a large step size makes them as noisy as the targets.
    """
    if not actions or run.values is None or run.diverged or is_certain(trial):
        return ""
    exact = trial.exact(Learner(gamma=run.gamma))
    above = run.values - exact
    count = max(n for n in LARGEST_OF if n <= actions)
    most = TOO_LARGE_BY_SHARE * LARGEST_OF[count] / LARGEST_OF[2] * abs(exact)
    if (above < -tolerance(exact)).any() or (not in_table and (above > most).any()):
        return ""
    return "the largest of several noisy action values is too large, in correct Q-learning too"


def random_ends_doubt(run: Run, trial: Trial, *, actions: int) -> str:
    """Why values between those of a truncation taken as an end and the exact ones point to neither.

    Where episodes are cut off at an observation that is met earlier too, an agent that takes this as an end
    has random targets: in a table with a large step size, the largest of several noisy values is too large.

    Args:
        run: a run on a value probe.
        trial: the trial.
        actions: how many actions a table has values of; 0 if there is none.
    """
    met = trial.transitions(reset_transitions=False)
    begun = met.observation[met.current]
    if not actions or run.values is None or run.diverged:
        return ""
    if not {*begun[met.truncated].tolist()} & {*begun[~met.truncated].tolist()}:
        return ""
    learner = Learner(gamma=run.gamma)
    exact = trial.exact(learner)
    ended = predict(trial.mdp, learner, fault("truncation-as-termination").forms[:1]).mean[: len(exact)]
    between = (run.values > ended + tolerance(ended)) & (run.values < exact - tolerance(exact))
    return RANDOM_ENDS if bool(between.all()) else ""


def exploring_doubt(
    run: Run, trial: Trial, actions: Sequence[Sequence[int]], *, several_steps: bool = False
) -> str:
    """Why wrong action values may be right for a learner like SARSA; empty if they are no such values.

    Such values are those of the script's own behaviour, which explores; they lie between these and the
    exact ones while it explores less and less. Returns of several steps out of a replay memory are those of
    all its earlier behaviour, back to random play.

    Args:
        run: a run on a probe of action values.
        trial: the trial.
        actions: the latest actions at each queried observation.
        several_steps: whether the script has a number that is called as the steps of such returns are.
    """
    if run.values is None or run.diverged:
        return ""
    count = len(trial.mdp.actions)
    shares = {
        np.asarray(view).tobytes(): np.bincount(row, minlength=count) / len(row)
        if len(row)
        else np.full(count, 1 / count)
        for view, row in zip(trial.queried, actions, strict=True)
    }
    own = evaluate(trial.mdp, lambda s: shares[np.asarray(trial.mdp.observe(s)).tobytes()], run.gamma)
    random = evaluate(trial.mdp, lambda _: np.full(count, 1 / count), run.gamma)
    low, by_chance = (one.Q.max(axis=1)[: len(run.values)] for one in (own, random))
    by_chance += (-1.0 if several_steps else BESIDE_CHANCE) * tolerance(by_chance)
    if (run.values < np.minimum(low - tolerance(low), by_chance)).any():
        return ""
    return "these values are those of its own behaviour, which still explores, as SARSA learns them"
