"""What a diagnosis found, as data."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.diagnosis.judging.method import Method
from rlprobe.output import exit_codes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlprobe.diagnosis.inference.causes import Cause
    from rlprobe.diagnosis.inference.open_questions import OpenQuestion
    from rlprobe.diagnosis.judging.result import Result
    from rlprobe.diagnosis.judging.verdict import Verdict
    from rlprobe.diagnosis.run import Failure

EXIT: Final = {
    "healthy": exit_codes.HEALTHY,
    "faulty": exit_codes.FOUND,
    "inconclusive": exit_codes.INCONCLUSIVE,
}

SAME_ERROR_CHARACTERS = 60
"""Errors that begin alike for so many characters are the same."""


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a diagnosis found.

    Args:
        agent: name of the agent.
        verdict: ``"healthy"``, ``"faulty"`` or ``"inconclusive"``.
        seconds: wall time.
        results: the result of each trial.
        causes: the named faults, most probable first.
        crashes: the labels of the trials in which the agent raised, and the errors.
        interrupted: whether the user stopped it.
        settings: the arguments of the diagnosis, by name.
        versions: versions of Python and of the loaded libraries, by name.
        script: of a training script: its critic, actor, gamma, environment and steps; None otherwise.
        said: sentences on what was read from the script.
        open_questions: the undecided probes that count.
        undeclared: attributes that the agent lacks and that would narrow the causes.
        method: what kind of learner the agent is.
        target: the TARGET of the command line; empty if the agent was given as an object.
    """

    agent: str
    verdict: Verdict
    seconds: float
    results: tuple[Result, ...]
    causes: tuple[Cause, ...] = ()
    crashes: tuple[tuple[str, Failure], ...] = ()
    interrupted: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    script: Mapping[str, Any] | None = None
    said: tuple[str, ...] = ()
    open_questions: tuple[OpenQuestion, ...] = ()
    undeclared: tuple[str, ...] = ()
    method: Method = field(default_factory=Method)
    target: str = ""

    @property
    def crash(self) -> tuple[str, Failure] | None:
        """The first trial in which the agent raised, and the error."""
        return self.crashes[0] if self.crashes else None

    @property
    def different_crashes(self) -> list[tuple[list[str], Failure]]:
        """Each error once, with the labels of the trials in which the agent raised it.

        Errors at one place whose texts differ in numbers only are the same.
        """
        groups: dict[tuple[str, str], tuple[list[str], Failure]] = {}
        for label, failure in self.crashes:
            text = re.sub(r"[\d.,()\[\]\s]+", " ", failure.error)[:SAME_ERROR_CHARACTERS]
            groups.setdefault((failure.place, text), ([], failure))[0].append(label)
        return list(groups.values())

    @property
    def steps(self) -> int:
        """Environment steps over all runs."""
        return sum(result.steps for result in self.results)

    @property
    def learning_seconds(self) -> float:
        """Seconds that the agent took to learn, over all runs, also where several ran at once."""
        return sum(result.seconds for result in self.results)

    @property
    def spared(self) -> list[str]:
        """The labels of the probes that were not run because the answer was clear without them."""
        return [result.trial.label for result in self.results if result.spared]

    @property
    def agent_settings(self) -> dict[str, Any]:
        """The attributes with which the agent describes its learning, by name."""
        run = next((run for result in self.results for run in result.runs), None)
        if run is None:
            return {}
        said = {
            "gamma": 1.0 if run.undiscounted else run.gamma,
            "gae_lambda": run.lam,
            "rollout_length": run.rollout,
            "n_step": run.n_step,
            "loss": run.loss,
        }
        return {name: value for name, value in said.items() if value is not None}

    @property
    def exit_code(self) -> int:
        """0 healthy, 1 faulty, 2 wrong usage, 3 inconclusive, 4 crashed, 130 interrupted.

        2 also means that the agent ran but returned values or actions of a wrong shape or range.
        """
        if self.interrupted:
            return exit_codes.INTERRUPTED
        if self.crash and self.verdict != "faulty":
            return exit_codes.WRONG_USAGE if self.crash[1].unreadable else exit_codes.CRASHED
        return EXIT[self.verdict]

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data, schema 1."""
        return {
            "schema": 1,
            "agent": self.agent,
            "verdict": self.verdict,
            "seconds": round(self.seconds, 3),
            "learning_seconds": round(self.learning_seconds, 3),
            "steps": self.steps,
            "not_run": self.spared,
            "causes": [
                {
                    "fault": cause.fault,
                    "component": cause.component,
                    "confidence": round(cause.confidence, 4),
                    "evidence": [*cause.limits, *cause.evidence],
                    "look_at": cause.look_at,
                }
                for cause in self.causes
            ],
            "probes": [self._probe(result) for result in self.results],
            **({} if self.script is None else {"script": dict(self.script)}),
        }

    def _probe(self, result: Result) -> dict[str, Any]:
        trial = result.trial
        setting = {**asdict(trial.setting), **trial.options, "seeds": len(result.runs)}
        setting.pop("seed")
        crash = next((failure.error for label, failure in self.crashes if label == trial.label), "")
        return {
            "probe": trial.probe.id,
            "setting": {key: value for key, value in setting.items() if value is not None},
            "outcome": result.outcome,
            "expected": _plain(result.expected),
            "learned": _plain(result.learned),
            "steps": result.steps,
            "seconds": round(result.seconds, 3),
            "why": f"the agent crashed: {crash}" if crash else why(result),
        }


def why(result: Result) -> str:
    """The reason for the outcome of a probe; for values with the 95 % interval over seeds."""
    if result.margin is None or not np.isfinite(result.margin).all():
        return result.why
    margin = ", ".join(f"{m:.2g}" for m in np.ravel(result.margin))
    return f"{result.why}; 95 % interval of the mean over {len(result.runs)} seeds: +- {margin}"


def _plain(value: Any) -> Any:
    """Numbers for JSON; infinite and undefined ones as text."""
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else str(value)
    return value
