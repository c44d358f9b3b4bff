"""What one trial came to: the runs of an agent, and whether they pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

Outcome = Literal["pass", "fail", "undecided", "skipped"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Result:
    """What one trial came to.

    Args:
        trial: the trial.
        runs: one run per seed.
        outcome: ``"pass"``, ``"fail"``, ``"undecided"`` (not converged yet) or ``"skipped"``.
        expected: the exact values, ``(n,)``, or the best actions at each queried observation.
        learned: the learned values, ``(n,)``, as mean over the seeds that converged; or the actions of each
            seed.
        margin: ``(n,)``, half the width of the 95 % interval of ``learned`` over seeds.
        why: the reason for the outcome, in one sentence.
        excused: whether it failed, but for a reason that is no fault; ``why`` says it.
        by_returns: whether values are compared with Monte-Carlo returns, which stop at a time limit.
        left_out: whether the agent cannot be built for this trial, so that it does not count.
        unread: whether the agent shows values, but did not in this trial.
        spared: whether it was not run because it would not have changed the answer.
        unconfirmed: whether it failed in the only run that shows anything.
    """

    trial: Trial
    runs: tuple[Run, ...]
    outcome: Outcome
    expected: Any = None
    learned: Any = None
    margin: Any = None
    why: str = ""
    left_out: bool = False
    spared: bool = False
    excused: bool = False
    by_returns: bool = False
    unread: bool = False
    unconfirmed: bool = False

    @property
    def steps(self) -> int:
        """Environment steps over all runs."""
        return sum(run.steps + run.earlier_steps for run in self.runs)

    @property
    def tells(self) -> bool:
        """Whether it is evidence: the trial was run and is not one of exploration."""
        return bool(self.runs) and self.outcome != "skipped" and self.trial.probe.asks != "exploration"

    @property
    def seconds(self) -> float:
        """Wall time over all runs."""
        return sum(run.seconds + run.earlier_seconds for run in self.runs)
