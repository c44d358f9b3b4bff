"""The likelihood of each trial under each explanation, known or not."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.diagnosis.inference.fits import fit_of
from rlprobe.diagnosis.inference.likelihood import growth_likelihood, most_likely, stray_likelihood

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rlprobe.diagnosis.inference.explanation import Explanation
    from rlprobe.diagnosis.judging.method import Method
    from rlprobe.diagnosis.judging.result import Result

P_STRAY = 1e-3
"""Probability of a result that the explanation does not predict."""
UNDECIDED_WEIGHT = 0.3
"""Weight of the log likelihood of an undecided result; a decided one has weight 1."""
UNKNOWN_PREDICTS = {"healthy": 0.45, "known fault": 0.35, "anything": 0.2}
"""What an unknown fault predicts on a probe: the exact values, those of some known fault, or any."""
P_WILD = 0.8
"""How often values grow without bound on a probe, if an unknown fault makes them."""


class Likelihoods:
    """The log likelihoods of the results of trials, each computed once.

    Args:
        results: the result of each trial.
        method: what is known of how the agent learns.
        memory: likelihoods of earlier results of the same trials, which are looked up and added to.
    """

    def __init__(self, results: Sequence[Result], method: Method, memory: dict[Any, float]) -> None:
        self.results, self.method, self.memory = results, method, memory
        self._by_unknown: dict[int, float] = {}
        self._telling = [i for i, result in enumerate(results) if result.tells]
        self._keys = [
            (i, tuple((run.seed, run.steps) for run in r.runs), r.outcome, method)
            for i, r in enumerate(results)
        ]

    @cached_property
    def most(self) -> dict[int, float]:
        """The largest log likelihood that each trial can have; failures first, which contradict most."""
        order = sorted(self._telling, key=lambda i: self.results[i].outcome != "fail")
        return {i: self._weight(i) * most_likely(self.results[i]) for i in order}

    def weigh_unknown(self, singles: Iterable[Explanation], healthy: Explanation) -> None:
        """The likelihood of each trial under an unknown fault, with the shares of ``UNKNOWN_PREDICTS``.

        Args:
            singles: each known fault alone.
            healthy: the explanation without a fault.
        """
        shares = [float(np.log(share)) for share in UNKNOWN_PREDICTS.values()]
        with np.errstate(all="ignore"):
            for i in self._telling:
                best: dict[str, float] = {}
                for e in singles:
                    best[e.name] = max(best.get(e.name, -np.inf), self.of(i, e))
                known = float(np.logaddexp.reduce(list(best.values()))) - float(np.log(len(best)))
                ways = (
                    self.of(i, healthy),
                    known,
                    self._weight(i) * stray_likelihood(self.results[i]),
                )
                self._by_unknown[i] = float(
                    np.logaddexp.reduce([way + share for way, share in zip(ways, shares, strict=True)])
                )

    def _weight(self, number: int) -> float:
        return UNDECIDED_WEIGHT if self.results[number].outcome == "undecided" else 1.0

    def of(self, number: int, explanation: Explanation) -> float:
        """The log likelihood of a trial under an explanation."""
        if explanation.unknown:
            unknown = self._by_unknown[number]
            if explanation.wild:
                grows = self._weight(number) * growth_likelihood(self.results[number])
                return float(np.logaddexp(grows + np.log(P_WILD), unknown + np.log(1 - P_WILD)))
            if not explanation.faults:
                return unknown
            known = self.of(number, replace(explanation, unknown=False))
            return float(np.logaddexp(known + np.log(0.5), unknown + np.log(0.5)))
        key = self._keys[number], explanation
        if key not in self.memory:
            result = self.results[number]
            stray, fit = stray_likelihood(result), fit_of(explanation, result, self.method)
            chance = float(np.logaddexp(fit + np.log(1 - P_STRAY), stray + np.log(P_STRAY)))
            self.memory[key] = self._weight(number) * chance
        return self.memory[key]
