"""From the runs of one trial to pass, fail or undecided, with an interval over seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from gymnasium.spaces import Box

from probe_envs import solve
from rlprobe.diagnosis.inference.method import Method, method_of
from rlprobe.diagnosis.trial import tolerance
from rlprobe.faults.prediction import converged_values
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
MOVED_BACK = 0.1
"""Share of its error that a value far off must have lost last to count as coming back by itself."""
QUANTILE_BIAS = 3.0
"""How many times further than others a critic of quantiles may be off where returns are random."""


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
        by_returns: whether values are compared with returns that stop at a time limit (Monte-Carlo).
        left_out: whether the agent cannot be built for it, so that it is no question.
    """

    trial: Trial
    runs: tuple[Run, ...]
    outcome: Outcome
    expected: Any = None
    learned: Any = None
    margin: Any = None
    why: str = ""
    left_out: bool = False
    by_returns: bool = False

    @property
    def steps(self) -> int:
        """Environment steps over all seeds."""
        return sum(run.steps for run in self.runs)

    @property
    def seconds(self) -> float:
        """Wall time over all seeds."""
        return sum(run.seconds for run in self.runs)


def judge(trial: Trial, runs: Sequence[Run], method: Method | None = None) -> Result:
    """The result of a trial from its runs; ``method`` is what is known of the agent from all its runs."""
    if not runs:
        return Result(trial=trial, runs=(), outcome="skipped", why="not run")
    if trial.probe.asks == "value":
        if runs[0].values is None:
            return Result(trial=trial, runs=tuple(runs), outcome="skipped", why="the agent shows no values")
        return _judge_values(trial, tuple(runs), method or method_of(runs))
    return _judge_actions(trial, tuple(runs))


def _judge_values(trial: Trial, runs: tuple[Run, ...], method: Method) -> Result:
    right, by_returns = right_values(trial, runs, method)
    near = tolerance(right)
    if method.quantiles and _random_returns(trial):
        near = QUANTILE_BIAS * near
    votes = [_vote(run, right, near, timed=trial.must_arrive_in_time) for run in runs]
    arrived = [run for run, vote in zip(runs, votes, strict=True) if vote != "undecided"]
    learned = np.array([run.values for run in arrived or runs])
    with np.errstate(all="ignore"):
        mean, margin = learned.mean(axis=0), half_width(learned)
    told = [v for run, v in zip(runs, votes, strict=True) if v != "undecided" or not run.timed_out]
    outcome: Outcome = max(("pass", "fail", "undecided"), key=told.count)
    if told.count(outcome) * 2 <= len(told):
        outcome = "undecided"
    excuse = _excuse(trial, method) if outcome == "fail" else ""
    if excuse:
        outcome = "undecided"
    return Result(
        trial=trial,
        runs=runs,
        outcome=outcome,
        expected=right,
        learned=mean,
        margin=margin,
        why=excuse or _why(outcome, runs, votes, method, by_returns=by_returns),
        by_returns=by_returns,
    )


def right_values(trial: Trial, runs: Sequence[Run], method: Method) -> tuple[NDArray[np.float64], bool]:
    """``(n,)``: what a correct agent of this kind learns at the observations asked about.

    Where entropy is part of the values, that of the step itself may be or not; returns of whole episodes may
    stop at a time limit or not. Of such answers the one nearest to what was learned counts.

    Returns:
        The values, and whether they are returns that stop at a time limit.
    """
    learned = np.mean(np.array([run.values for run in runs], dtype=float), axis=0)
    answers: list[tuple[NDArray[np.float64], bool]] = []
    for learner in method.learners(trial, runs[0].gamma):
        transitions = trial.transitions(reset_transitions=False)
        right = converged_values(transitions, learner).mean[trial.observed.queried]
        answers += [(right, not learner.bootstraps)]
        answers += [(right + learner.entropy, not learner.bootstraps)] if learner.entropy else []
    answers = [(right, stops and bool((right != answers[0][0]).any())) for right, stops in answers]
    return min(answers, key=lambda answer: float(abs(learned - answer[0]).sum()))


def _random_returns(trial: Trial) -> bool:
    """Whether what follows a state is random, so that returns from it differ."""
    return any(len(trial.mdp.step(s, a)) > 1 for s in trial.mdp.start for a in trial.mdp.actions)


def _excuse(trial: Trial, method: Method) -> str:
    """Why values that settled elsewhere tell nothing of an agent of this kind; empty if they do."""
    if method.warm and not method.steady:
        return (
            f"values contain entropy at a weight that was still changing ({method.temperature:.2g} at most); "
            "diagnose with a fixed one (ent_coef of SAC)"
        )
    t = trial.transitions(reset_transitions=False)
    elsewhere = t.final_observation != t.observation[t.current]
    if method.recurrent and (t.truncated & elsewhere).any():
        return (
            "a recurrent critic bootstraps at this time limit from a memory that it never learned from "
            "with what it sees there"
        )
    return ""


def _why(
    outcome: Outcome, runs: Sequence[Run], votes: Sequence[Outcome], method: Method, *, by_returns: bool
) -> str:
    if outcome == "pass":
        if by_returns:
            return "every value is within 5 % of the mean return of episodes"
        soft = f" soft one (entropy at a weight of {method.temperature:.2g})" if method.warm else " exact one"
        return f"every value is within 5 % of the{soft}"
    if outcome == "fail":
        return "values diverged" if any(run.diverged for run in runs) else "values settled elsewhere"
    if len({vote for vote in votes if vote != "undecided"}) > 1:
        return "seeds disagree; more --seeds may decide it"
    if any(run.timed_out for run in runs):
        return "values were still moving when the time for this run was over; a longer --budget may decide it"
    if all(run.settled for run in runs):
        return "values jump about an answer that may be right; more --seeds may decide it"
    steps = max(run.steps for run in runs)
    return f"values were still moving after {steps:,} steps; a longer --budget may decide it"


def _vote(run: Run, right: NDArray[np.float64], near: NDArray[np.float64], *, timed: bool) -> Outcome:
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
    far = (error > abs(run.initial - right) + near) & (error > 3 * near)
    if run.trend is not None:
        far &= run.trend * np.sign(right - run.values) <= MOVED_BACK * error
    return "fail" if run.settled or timed or (far.any() and not run.timed_out) else "undecided"


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
