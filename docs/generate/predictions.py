"""What a critic with a known fault converges to on a probe, in the cells of tables."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from generate.markdown import vector
from probe_envs import SUITE, Probe
from rlprobe.diagnosis.trial import Trial
from rlprobe.faults.prediction import predict
from rlprobe.faults.transitions import Learner

if TYPE_CHECKING:
    from rlprobe.faults.declaration import Form
    from rlprobe.faults.fixed_point import Values

GAMMA = 0.9
LEARNERS = {
    "one-step targets": Learner(gamma=GAMMA),
    "λ = 0.95": Learner(gamma=GAMMA, lam=0.95),
    "Monte-Carlo": Learner(gamma=GAMMA, lam=1.0),
}
VALUE_PROBES = tuple(row for row in SUITE if row.asks == "value")


def expected(row: Probe) -> str:
    """The exact values, in the order of the report."""
    return _cell(_right(row.name, Learner(gamma=GAMMA)), Trial(name=row.name))


def states(row: Probe) -> str:
    """What the values belong to, in the order of the report."""
    return vector(Trial(name=row.name).states).replace("|", " or ")


def wrong_values(row: Probe, form: Form, learner: Learner) -> str:
    """The predicted wrong values; empty if the fault does not show."""
    shows = form.applies(learner) and form.shows_on(row.name, row.name, vector=form.vector_only)
    return _wrong_values(row.name, form, learner) if shows else ""


@cache
def _right(name: str, learner: Learner) -> Values:
    return predict(Trial(name=name).mdp, learner)


@cache
def _wrong_values(name: str, form: Form, learner: Learner) -> str:
    trial = Trial(name=name)
    mode = "next_step" if form.reset_transitions else None
    queried = trial.observed.queried
    right, wrong = _right(name, learner), predict(trial.mdp, learner, (form,), autoreset_mode=mode)
    with np.errstate(invalid="ignore"):
        same = np.allclose(wrong.mean[queried], right.mean[queried], atol=5e-3) and wrong.known[queried].all()
    return "" if same and wrong.stable else _cell(wrong, trial)


def by_learner(row: Probe, form: Form) -> list[str]:
    """A cell for each kind of learner that can have the fault; empty ones where it does not show."""
    return [wrong_values(row, form, learner) for learner in LEARNERS.values() if form.applies(learner)]


def _cell(predicted: Values, trial: Trial) -> str:
    if not predicted.stable:
        return "diverges"
    mean, known = predicted.mean[trial.observed.queried], predicted.known[trial.observed.queried]
    if not known.any():
        return "as before learning"
    return vector(float(mean[i]) if known[i] else "initial" for i in range(len(mean)))
