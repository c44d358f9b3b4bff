"""What the runs of a diagnosis came to, trial by trial."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from rlprobe.diagnosis.run import Failure, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.trial import Trial

GIVE_UP_AFTER_CRASHES = 3
"""The diagnosis ends after this many crashes if no run succeeded."""


@dataclass
class Outcomes:
    """The runs and the failures of each trial, by its number.

    Args:
        runs: the runs, one per seed.
        failures: the first error of each trial in which the agent raised.
        left_out: the errors of the trials for which it could not be built.
        on_single_steps: the error on the first trial that got longer episodes because of it.
    """

    runs: dict[int, list[Run]] = field(default_factory=lambda: defaultdict(list))
    failures: dict[int, Failure] = field(default_factory=dict)
    left_out: dict[int, Failure] = field(default_factory=dict)
    on_single_steps: Failure | None = None

    def keep(self, number: int, outcome: Run | Failure) -> None:
        """Keep the outcome of one run; it replaces a shorter run with the same seed."""
        if isinstance(outcome, Failure):
            (self.left_out if outcome.refused else self.failures).setdefault(number, outcome)
            return
        for run in self.runs[number]:
            if run.seed == outcome.seed:
                outcome = replace(
                    outcome,
                    earlier_steps=run.steps + run.earlier_steps,
                    earlier_seconds=run.seconds + run.earlier_seconds,
                )
        self.runs[number] = [*(run for run in self.runs[number] if run.seed != outcome.seed), outcome]

    @property
    def all_runs(self) -> list[Run]:
        """The runs of all trials."""
        return [run for runs in self.runs.values() for run in runs]

    def not_begun(self, trials: Sequence[Trial]) -> list[int]:
        """The numbers of the trials, without those of exploration, that have neither a run nor a failure."""
        begun = {*self.failures, *self.left_out, *(number for number, runs in self.runs.items() if runs)}
        return [i for i, one in enumerate(trials) if one.probe.asks != "exploration" and i not in begun]

    @property
    def hopeless(self) -> bool:
        """Whether the agent crashed on several trials and succeeded on none."""
        crashes = len(self.failures) + len(self.left_out)
        return crashes >= GIVE_UP_AFTER_CRASHES and not any(self.runs.values())
