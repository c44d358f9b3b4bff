"""The standard deviation of a single number, where only a probe has episodes of one step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

STD_NAN = "advantage-std-nan"


def without_single_steps(run: Run, trial: Trial) -> Run:
    """The run without the fault of a ``std()`` that is NaN, where episodes of the trial may have one step.

    Episodes of the script's own environment may always be longer: that becomes a remark.
    """
    if STD_NAN not in dict(run.observed) or not has_single_steps(trial):
        return run
    return replace(run, observed=tuple(one for one in run.observed if one[0] != STD_NAN), filled=True)


def has_single_steps(trial: Trial) -> bool:
    """Whether an episode may end with its first step."""
    met = trial.transitions(reset_transitions=False)
    return bool(np.isin(met.current[met.ended], met.following[met.ended]).any())
