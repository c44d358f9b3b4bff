"""How alike a critic's answers to different observations are, which says where an observation is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rlprobe.diagnosis.inference.judge import Result
    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial
    from rlprobe.faults.declaration import Answers, Form

CONTRADICTED: dict[tuple[Answers, Answers], float] = {
    ("same", "similar"): 0.05,
    ("same", "scattered"): 0.01,
    ("similar", "same"): 0.05,
    ("similar", "scattered"): 0.2,
    ("scattered", "same"): 0.01,
    ("scattered", "similar"): 0.2,
}
"""How much less probable a form is that says the first, where the second is seen in a trial."""
SAME_WITHIN = 1e-6
SIMILAR_BELOW_SHARE, SIMILAR_BELOW = 0.3, 0.15
"""Share of their first spread, or distance, below which answers have been trained towards each other."""


def shows_on(form: Form, trial: Trial) -> bool:
    """Whether a form of a fault can show on a trial."""
    return form.shows_on(trial.name, trial.label, vector=trial.setting.autoreset_mode is not None)


def answers(run: Run) -> Answers:
    """How alike the values for different observations are; empty if only one was asked about.

    A network that never sees its input gives one number for all; one that is trained with the wrong inputs
    gives similar ones; one that sees its input only when it is asked keeps the differences it began with.
    """
    if run.values is None or run.initial is None or len(run.values) < 2 or run.diverged:
        return ""
    spread, first = float(np.ptp(run.values)), float(np.ptp(run.initial))
    if spread < SAME_WITHIN:
        return "same" if first < SAME_WITHIN else "similar"
    return "similar" if spread < max(SIMILAR_BELOW_SHARE * first, SIMILAR_BELOW) else "scattered"


def answers_likelihood(result: Result, forms: tuple[Form, ...]) -> float:
    """How much of the log probability of a trial is lost by what the forms say of its answers."""
    said = [form.answers for form in forms if form.answers]
    seen = [answers(run) for run in result.runs]
    if not said or not seen or "" in seen:
        return 0.0
    return float(np.mean([np.log(CONTRADICTED.get((said[0], one), 1.0)) for one in seen]))
