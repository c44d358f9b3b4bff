"""How similar a critic's values for different observations are: it shows where the observation is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rlprobe.diagnosis.judging.result import Result
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
"""Factor on the probability of a form that predicts the first, if a trial shows the second."""
SAME_WITHIN = 1e-6
SIMILAR_BELOW_SHARE, SIMILAR_BELOW = 0.3, 0.15
"""Values whose range is below this share of their initial range, or below this number, count as similar."""


def shows_on(form: Form, trial: Trial) -> bool:
    """Whether a form of a fault can have an effect on a trial."""
    return form.shows_on(trial.name, trial.label, vector=trial.setting.num_envs > 1)


def answers(run: Run) -> Answers:
    """How similar the values for different observations are; empty if only one observation was queried.

    A network that never gets its input gives the ``"same"`` number for all observations. One that is trained
    on wrong inputs gives ``"similar"`` numbers. One that gets its input when queried, but not in training,
    keeps the ``"scattered"`` numbers of its initialisation.
    """
    if run.values is None or run.initial is None or len(run.values) < 2 or run.diverged:
        return ""
    spread, first = float(np.ptp(run.values)), float(np.ptp(run.initial))
    if spread < SAME_WITHIN:
        return "same" if first < SAME_WITHIN else "similar"
    return "similar" if spread < max(SIMILAR_BELOW_SHARE * first, SIMILAR_BELOW) else "scattered"


def answers_likelihood(result: Result, forms: tuple[Form, ...]) -> float:
    """Log factor on the probability of a trial: 0, or less where the forms predict other ``answers``."""
    predicted = [form.answers for form in forms if form.answers]
    observed = [answers(run) for run in result.runs]
    if not predicted or not observed or "" in observed:
        return 0.0
    return float(np.mean([np.log(CONTRADICTED.get((predicted[0], one), 1.0)) for one in observed]))
