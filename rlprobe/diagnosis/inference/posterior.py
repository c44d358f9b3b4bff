"""The posterior probability of each explanation: healthy, a known fault, several, or an unknown one.

Every explanation predicts values or actions for every trial. The likelihood of the results under it, times
its prior, gives the posterior.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from functools import cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.diagnosis.inference.explanation import (
    HEALTHY,
    UNKNOWN,
    Explanation,
    healthy_or_unknown,
    learners_of,
    n_step_learners,
    rollouts_of,
    single_faults,
    with_numbers_read,
    with_one_more,
    with_something_unknown,
)
from rlprobe.diagnosis.inference.fits import fits
from rlprobe.diagnosis.inference.losses import factors_of_losses, paired_in
from rlprobe.diagnosis.inference.predictions import predicted
from rlprobe.diagnosis.inference.trial_likelihoods import Likelihoods
from rlprobe.diagnosis.judging.method import method_of
from rlprobe.faults import WRAPPER_FAULTS, candidates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rlprobe.diagnosis.inference.explanation import Weighed
    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.diagnosis.run import Run
    from rlprobe.faults.declaration import Fault
    from rlprobe.faults.fixed_point import Values
    from rlprobe.faults.transitions import Learner

MOST_EXTENDED = 4
"""Number of explanations that are extended by another fault."""
NEGLIGIBLE = 100.0
"""An explanation whose log weight must fall so far below that of another one is not weighed to the end."""
MOST_PARTLY_UNKNOWN = 12
"""Number of explanations that are extended by an unknown fault."""

__all__ = ["HEALTHY", "UNKNOWN", "Evidence", "Explanation"]


@dataclass(eq=False)
class Evidence:
    """The results of all trials, and how well explanations fit them.

    Args:
        results: the result of each trial.
        memory: likelihoods of earlier results of the same trials, which are looked up and added to.
        until: the time (``time.perf_counter``) after which no further combination of faults is tried.
    """

    results: Sequence[Result]
    memory: dict[Any, float] = field(default_factory=dict)
    until: float = math.inf

    def __post_init__(self) -> None:
        runs = [run for result in self.results for run in result.runs]
        self.run: Run | None = next((run for run in runs if not run.unsuited), next(iter(runs), None))
        self.method = method_of(run for result in self.results for run in result.runs)
        self.likelihoods = Likelihoods(self.results, self.method, self.memory)

    @cached_property
    def learners(self) -> tuple[Learner, ...]:
        """The kinds of learner the agent may be: one if it says its gamma, lambda and loss."""
        return learners_of(self.run, self.method)

    @property
    def healthy(self) -> Explanation:
        """The explanation without a fault."""
        return Explanation(self.learners[0])

    @cached_property
    def catalogue(self) -> tuple[Fault, ...]:
        """The faults that can have an effect on the probes that were run."""
        names = (result.trial.name for result in self.results)
        methods = self.run.methods if self.run else None
        known = candidates(names, soft_values=self.method.warm, methods=methods)
        return with_numbers_read(known, self.results)

    @property
    def failed(self) -> list[Result]:
        """The failing results."""
        return [result for result in self.results if result.tells and result.outcome == "fail"]

    def posterior(self, *, most_faults: int = 3) -> list[Weighed]:
        """All explanations with their posterior probability, most probable first.

        Args:
            most_faults: the largest number of faults in one explanation; more are tried only if fewer do not
                explain all failures.
        """
        rollouts = rollouts_of(run for result in self.results for run in result.runs)
        singles = self._singles(self.learners, rollouts)
        self.likelihoods.weigh_unknown([e for e, _ in singles], self.healthy)
        scored = self._scored(healthy_or_unknown(self.learners)) + self._scored(singles)
        priors = dict(singles)
        further = () if self._explained(scored) or self._late else n_step_learners(self.run, self.learners)
        if further:
            more = self._singles(further, (None,))
            priors |= dict(more)
            scored += self._scored(self._in_time(more), scored)
        wrappers = [fault for fault in self.catalogue if fault in WRAPPER_FAULTS]
        for joined in range(1, 3):
            if self._explained(scored) or self._late:
                break
            faults = self.catalogue if joined < most_faults else wrappers
            best = [e for e, _ in _ranked(scored) if len(e.faults) == joined][:MOST_EXTENDED]
            more = with_one_more(best, faults, self.catalogue)
            priors |= dict(more)
            scored += self._scored(self._in_time(more), scored)
        best_parts = [(e, priors[e]) for e, _ in _ranked(scored) if e in priors][:MOST_PARTLY_UNKNOWN]
        scored += self._scored(with_something_unknown(best_parts), scored)
        return _normalised(scored)

    def fits(self, explanation: Explanation, result: Result) -> bool:
        """Whether the explanation alone explains the result of a trial."""
        return fits(explanation, result, self.method)

    def predicted(self, explanation: Explanation, result: Result) -> Values:
        """The values that an explanation predicts for the queried observations of a trial."""
        return predicted(explanation, result, self.method)

    @cached_property
    def paired(self) -> str:
        """Where tensors of one length were seen paired each with each; empty if nowhere."""
        return paired_in(self.results)

    @cached_property
    def _seen(self) -> dict[str, float]:
        """The log factors of the priors of some faults and forms, from what was seen of losses."""
        return factors_of_losses(self.results, self.failed)

    def _singles(self, learners: Sequence[Learner], rollouts: Sequence[int | None]) -> list[Weighed]:
        forgotten = self.run is not None and self.run.undiscounted
        return single_faults(self.catalogue, learners, rollouts, undiscounted=forgotten)

    def _explained(self, scored: list[Weighed]) -> bool:
        """Whether the best explanation explains all failures."""
        best = max(scored, key=lambda pair: pair[1])[0]
        return not best.unknown and all(self.fits(best, result) for result in self.failed)

    def _scored(self, priors: Iterable[Weighed], known: Sequence[Weighed] = ()) -> list[Weighed]:
        """The log weight of each explanation; minus infinity for those that cannot count any more.

        Args:
            priors: the explanations with their priors.
            known: explanations that are weighed already; without any, all are weighed to the end.
        """
        best = max((score for _, score in known), default=-np.inf)
        scored, most = [], self.likelihoods.most
        with np.errstate(all="ignore"):  # a prediction may be infinite
            for e, prior in priors:
                score = self._log_prior(e, prior) + sum(most.values())
                for i, highest in most.items():
                    score += self.likelihoods.of(i, e) - highest
                    if score < best - NEGLIGIBLE:
                        score = -np.inf
                        break
                else:
                    best = max(best, score) if known else best
                scored.append((e, score))
        return scored

    @property
    def _late(self) -> bool:
        return time.perf_counter() > self.until

    def _in_time(self, weighed: Iterable[Weighed]) -> Iterator[Weighed]:
        yield from takewhile(lambda _: not self._late, weighed)

    def _log_prior(self, explanation: Explanation, prior: float) -> float:
        return float(np.log(prior)) + sum(
            self._seen.get(name, 0.0)
            for fault, form in explanation.faults
            for name in (fault.id, f"{fault.id}: {form.name}")
        )


def _ranked(scored: list[Weighed]) -> list[Weighed]:
    return sorted(scored, key=lambda pair: -pair[1])


def _normalised(scored: list[Weighed]) -> list[Weighed]:
    top = max(score for _, score in scored)
    weights = [(e, float(np.exp(score - top))) for e, score in scored]
    total = sum(weight for _, weight in weights)
    return _ranked([(e, weight / total) for e, weight in weights])
