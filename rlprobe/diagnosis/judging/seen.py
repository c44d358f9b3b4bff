"""The faults that were seen directly in the runs of a diagnosis, each with the sentences that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rlprobe.diagnosis.training.behaviour import explores_ever_more

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.judging.result import Result

SHOWS_TOO = {
    "target-update-reversed": "target-never-synced",
    "dueling-axis": "wrong-network-mode",
    "arrays-shuffled-apart": "time-env-axes-mixed",
    "clipped-action-log-prob": "ratio-wrong",
    "log-prob-not-summed": "ratio-wrong",
}
"""Faults that show what another one does: a target that stays as it was, values that depend on the batch, in
several environments advantages of other steps, and ratios that are not 1 at first."""


def seen_in(results: Sequence[Result]) -> dict[str, dict[str, dict[str, None]]]:
    """For each fault its sentences, each with the labels of the probes on which it is true."""
    seen: dict[str, dict[str, dict[str, None]]] = {}
    for result in results:
        for run in result.runs:
            for name, sentence in run.observed:
                seen.setdefault(name, {}).setdefault(sentence, {})[result.trial.label] = None
    kept = [(result.trial.label, run.kept) for result in results for run in result.runs if run.kept]
    if sentence := explores_ever_more([one for _, one in kept]):
        seen.setdefault("epsilon-schedule", {})[sentence] = dict.fromkeys(label for label, _ in kept)
    for name, shows_too in SHOWS_TOO.items():
        if name in seen:
            seen.pop(shows_too, None)
    return seen
