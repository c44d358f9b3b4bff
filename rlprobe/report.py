"""What a diagnosis found, for people (``print``), for machines (JSON) and as one page (HTML)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rlprobe.atomic import write_atomically

if TYPE_CHECKING:
    import os

    from rlprobe.explain import Cause
    from rlprobe.verdict import Result
    from rlprobe.workers import Failure

Verdict = Literal["healthy", "faulty", "inconclusive"]
EXIT = {"healthy": 0, "faulty": 1, "inconclusive": 3}
CRASHED, INTERRUPTED = 4, 130


@dataclass(frozen=True, kw_only=True)
class Report:
    """The answer of ``rlprobe.diagnose``.

    Args:
        agent: name of the agent.
        verdict: ``"healthy"``, ``"faulty"`` or ``"inconclusive"``.
        seconds: wall time.
        results: what each trial came to.
        causes: the named faults, the likeliest first.
        crash: the trial in which the agent raised, and what it raised.
        interrupted: whether the user stopped it.
    """

    agent: str
    verdict: Verdict
    seconds: float
    results: tuple[Result, ...]
    causes: tuple[Cause, ...] = ()
    crash: tuple[str, Failure] | None = None
    interrupted: bool = False

    @property
    def steps(self) -> int:
        """Environment steps over all runs."""
        return sum(result.steps for result in self.results)

    @property
    def exit_code(self) -> int:
        """What the command returns: 0 healthy, 1 faulty, 3 inconclusive, 4 crashed, 130 interrupted."""
        if self.interrupted:
            return INTERRUPTED
        return CRASHED if self.crash else EXIT[self.verdict]

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data, schema 1."""
        return {
            "schema": 1,
            "agent": self.agent,
            "verdict": self.verdict,
            "seconds": round(self.seconds, 3),
            "steps": self.steps,
            "causes": [
                {
                    "fault": cause.fault,
                    "component": cause.component,
                    "confidence": round(cause.confidence, 4),
                    "evidence": list(cause.evidence),
                    "look_at": cause.look_at,
                }
                for cause in self.causes
            ],
            "probes": [_probe(result) for result in self.results],
            **({"crash": {"probe": self.crash[0], "error": self.crash[1].error}} if self.crash else {}),
        }

    def to_json(self, path: str | os.PathLike[str]) -> None:
        """Write the report as JSON (schema 1); the file is complete or not there at all."""
        write_atomically(path, (json.dumps(self.as_dict(), indent=2) + "\n").encode())

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """Write the report as one page that needs nothing else."""
        from rlprobe.page import page

        write_atomically(path, page(self).encode())

    def __str__(self) -> str:
        from rlprobe.console import text

        return text(self)


def _probe(result: Result) -> dict[str, Any]:
    trial = result.trial
    setting = {**asdict(trial.setting), **trial.options, "seeds": len(result.runs)}
    setting.pop("seed")
    return {
        "probe": trial.probe.id,
        "setting": {key: value for key, value in setting.items() if value is not None},
        "outcome": result.outcome,
        "expected": _plain(result.expected),
        "learned": _plain(result.learned),
        "margin": _plain(result.margin),
        "steps": result.steps,
        "seconds": round(result.seconds, 3),
        "why": result.why,
    }


def _plain(value: Any) -> Any:
    """Numbers as JSON knows them; infinite and undefined ones as text."""
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 6) if np.isfinite(value) else str(value)
    return value
