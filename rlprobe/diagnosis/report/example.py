"""An example of a fault's evidence: the values it predicts, as a report would print them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from probe_envs import SUITE
from rlprobe.agent import Setting
from rlprobe.diagnosis.probe_settings import settings_of
from rlprobe.diagnosis.trial import Trial
from rlprobe.diagnosis.wording import numbers
from rlprobe.faults.prediction import predict
from rlprobe.faults.transitions import Learner

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Fault, Form

LEARNERS = tuple(Learner(gamma=0.9, lam=lam) for lam in (0.0, 0.95, 1.0))
VECTOR = Setting(num_envs=4, autoreset_mode="same_step")
MOST_LINES = 3


def example_of(fault: Fault) -> list[str]:
    """A line for each of the first probes whose values the fault changes; empty if it changes none.

    >>> from rlprobe.faults import fault
    >>> example_of(fault("no-discount"))[0]
    'Decoder: V(0, 1, 2) is (3, 2, 2), expected (2.62, 1.8, 2)'
    """
    for form in fault.forms:
        learner = next((one for one in LEARNERS if form.applies(one)), None)
        lines = [] if learner is None else _lines(form, learner)
        if lines:
            return lines[:MOST_LINES]
    return []


def _lines(form: Form, learner: Learner) -> list[str]:
    mode = "next_step" if form.reset_transitions else None
    lines = []
    for row in SUITE:
        if row.asks != "value" or not (form.change or form.reset_transitions):
            continue
        if form.vector_only and not settings_of(row.name).in_vectors:
            continue
        trial = Trial(name=row.name, setting=VECTOR if form.vector_only else Setting())
        if not form.shows_on(trial.name, trial.label, vector=form.vector_only):
            continue
        queried = trial.observed.queried
        with np.errstate(all="ignore"):
            exact = predict(trial.mdp, learner).mean[queried]
            wrong = predict(trial.mdp, learner, (form,), autoreset_mode=mode)
        learned = np.where(wrong.known, wrong.mean, np.nan)[queried]
        said = numbers(learned) if wrong.stable else "diverging"
        if said != numbers(exact) and not np.isnan(learned).any():
            lines.append(f"{trial.label}: V({', '.join(trial.states)}) is {said}, expected {numbers(exact)}")
    return lines
