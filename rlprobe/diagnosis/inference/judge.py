"""From the runs of one trial to pass, fail or undecided, with an interval over seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from gymnasium.spaces import Box

from probe_envs import solve
from rlprobe.diagnosis.trial import tolerance
from rlprobe.faults.prediction import converged_values
from rlprobe.faults.transitions import Learner
from rlprobe.stats.intervals import half_width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

Outcome = Literal["pass", "fail", "undecided", "skipped"]
BEST_EPISODES_TO_JUDGE = 100
"""Best possible episodes after which an agent that does not repeat them is not learning from them."""
LOST_REWARD_IN_REACH = 0.06
"""Reward lost on a continuous action up to which the agent may still be on its way; less than what is
lost by forgetting the offset of the action space (0.0625)."""
ENTROPY_NEGLIGIBLE_BELOW = 0.01
"""Weight of entropy above which the values of a maximum-entropy method are not those of rewards alone."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Result:
    """What one trial came to.

    Args:
        trial: the trial.
        runs: one run per seed.
        outcome: pass, fail, undecided (nothing learned yet, or still moving) or skipped.
        expected: the right answer: values, actions or a size.
        learned: what was learned in its place, the mean over seeds, without those that were still moving.
        margin: half the width of the 95 % interval of ``learned`` over seeds.
        why: one sentence.
    """

    trial: Trial
    runs: tuple[Run, ...]
    outcome: Outcome
    expected: Any = None
    learned: Any = None
    margin: Any = None
    why: str = ""

    @property
    def steps(self) -> int:
        """Environment steps over all seeds."""
        return sum(run.steps for run in self.runs)

    @property
    def seconds(self) -> float:
        """Wall time over all seeds."""
        return sum(run.seconds for run in self.runs)


def judge(trial: Trial, runs: Sequence[Run]) -> Result:
    """The result of a trial from its runs."""
    if not runs:
        return Result(trial=trial, runs=(), outcome="skipped", why="not run")
    if trial.probe.asks == "value":
        if runs[0].values is None:
            return Result(trial=trial, runs=tuple(runs), outcome="skipped", why="the agent shows no values")
        return _judge_values(trial, tuple(runs))
    return _judge_actions(trial, tuple(runs))


def _judge_values(trial: Trial, runs: tuple[Run, ...]) -> Result:
    right = converged_values(trial.transitions(reset_transitions=False), Learner(gamma=runs[0].gamma)).mean[
        trial.observed.queried
    ]
    near = tolerance(right)
    votes = [_vote(run, right, near, must_arrive=trial.must_arrive_in_time) for run in runs]
    arrived = [run for run, vote in zip(runs, votes, strict=True) if vote != "undecided"]
    learned = np.array([run.values for run in arrived or runs])
    with np.errstate(all="ignore"):
        mean, margin = learned.mean(axis=0), half_width(learned)
    told = [v for run, v in zip(runs, votes, strict=True) if v != "undecided" or not run.timed_out]
    outcome: Outcome = max(("pass", "fail", "undecided"), key=told.count)
    if told.count(outcome) * 2 <= len(told):
        outcome = "undecided"
    warm = max(run.temperature for run in runs)
    moving = (
        "values were still moving when the run ended; a longer --budget may decide it"
        if warm <= ENTROPY_NEGLIGIBLE_BELOW
        else f"values contain entropy at a weight of {warm:.2g}; diagnose with one near 0 (ent_coef of SAC)"
    )
    why = {
        "pass": "every value is within 5 % of the exact one",
        "fail": "values settled elsewhere" if not any(run.diverged for run in runs) else "values diverged",
        "undecided": moving,
    }[outcome]
    return Result(
        trial=trial, runs=runs, outcome=outcome, expected=right, learned=mean, margin=margin, why=why
    )


def _vote(run: Run, right: NDArray[np.float64], near: NDArray[np.float64], *, must_arrive: bool) -> Outcome:
    assert run.values is not None
    assert run.drift is not None
    assert run.initial is not None
    if run.diverged:
        return "fail"
    assert run.noise is not None
    error = abs(run.values - right)
    jumps = np.minimum(run.noise, near)
    if (error <= near + jumps).all():
        return "pass"
    if (error <= near + 2.0 * jumps).all():
        return "undecided"  # clipped gradients and robust losses pull the mean of jumping targets by as much
    if run.temperature > ENTROPY_NEGLIGIBLE_BELOW:
        return "undecided"
    away = (error > abs(run.initial - right) + near).any() and (error > 3 * near).any()
    return "fail" if run.settled or away or must_arrive else "undecided"


def _judge_actions(trial: Trial, runs: tuple[Run, ...]) -> Result:
    solved = sum(bool(run.solved) for run in runs)
    told = sum(not run.timed_out for run in runs)
    outcome: Outcome = "pass" if 2 * solved > told else "fail" if told else "undecided"
    if outcome == "fail" and (_out_of_reach(trial, runs) or _nearly(trial, runs)):
        outcome = "undecided"
    return Result(
        trial=trial,
        runs=runs,
        outcome=outcome,
        expected=_best_actions(trial, runs[0].gamma),
        learned=[run.actions.tolist() for run in runs if run.actions is not None],
        why=f"{solved} of {len(runs)} seeds found the best actions"
        + (
            "; time ended the run, a longer --budget may decide it"
            if any(run.timed_out for run in runs)
            else ""
        ),
    )


def _best_actions(trial: Trial, gamma: float) -> list[list[Any]]:
    """The best actions at each observation asked about, as the environment takes them."""
    actions = trial.mdp.actions
    if isinstance(trial.mdp.action_space, Box) and trial.mdp.cuts is None:
        optimal = solve(trial.mdp, gamma).optimal[: len(trial.observed.queried)]
        return [[actions[int(a)] for a in np.flatnonzero(row)] for row in optimal]
    first = trial.first_action
    return [(first + np.flatnonzero(row)).tolist() for row in trial.choices(gamma).best]


def _out_of_reach(trial: Trial, runs: tuple[Run, ...]) -> bool:
    """Whether the best episode was met too seldom to call it a fault that it was not learned."""
    seldom = min(run.successes for run in runs) < BEST_EPISODES_TO_JUDGE
    return trial.probe.asks == "exploration" and (seldom or not trial.judged)


def _nearly(trial: Trial, runs: tuple[Run, ...]) -> bool:
    """Whether continuous actions are on their way: still moving, or with the best one in sight."""
    if not isinstance(trial.mdp.action_space, Box):
        return False
    if not all(run.settled for run in runs):
        return True
    state = next(iter(trial.mdp.start))
    lost = [
        -sum(p * r for (_, r), p in trial.mdp.step(state, run.actions[0]).items())
        for run in runs
        if run.actions is not None
    ]
    return bool(lost) and max(lost) < LOST_REWARD_IN_REACH
