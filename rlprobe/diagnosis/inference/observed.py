"""Causes that were observed directly in the runs, without inference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.diagnosis.inference.causes import MOST_SENTENCES, Cause
from rlprobe.faults import fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.inference.judge import Result


def observed_causes(results: Sequence[Result]) -> list[Cause]:
    """One cause for each observed fault, with the first sentences about it as evidence."""
    seen: dict[str, list[str]] = {}
    for result in results:
        for run in result.runs:
            for name, sentence in run.observed:
                seen.setdefault(name, []).append(f"{result.trial.label}: {sentence}")
    return [
        Cause(
            fault=name,
            component=fault(name).component,
            confidence=1.0,
            evidence=tuple(dict.fromkeys(sentences))[:MOST_SENTENCES],
            look_at=fault(name).look_at,
            summary=fault(name).summary,
        )
        for name, sentences in seen.items()
    ]
