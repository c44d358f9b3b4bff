"""Which trials are not for a script, and which runs of it say nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from probe_envs.mdp import is_one_step
from rlprobe.diagnosis.choices.chosen import CASH_OUT
from rlprobe.scripts.first_run.rewards import OWN_REWARDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

NO_CRITIC = "the agent shows no values"
ONE_NUMBER = "the script's actions are one number, and this probe takes several"
ONE_STEP = "the script makes no update after a step that ends an episode, and each episode here is one step"
STANDARDISED = "the script standardises returns: over a single episode, all of one sign are worth the same"
ELITES = "the script imitates the best of its episodes: a rare high return counts more than a better mean"

FEWEST_STEPS = 300
ENDED_EARLY = (
    "the script ended by itself after a few steps. If it stops once its task is solved, switch that off for "
    "the diagnosis"
)
"""Too few steps to tell, where values had not converged."""


def unsuited(trial: Trial, known: Mapping[str, Any]) -> str:
    """Why a trial is not for a script; empty if it is.

    Args:
        trial: the trial.
        known: what the first short run has shown of the script.
    """
    if known["own_rewards"]:
        return OWN_REWARDS
    if np.prod(getattr(trial.mdp.action_space, "shape", None) or (1,)) > np.prod(known["shape"] or (1,)):
        return ONE_NUMBER
    if known["never_at_ends"] and is_one_step(trial.mdp):
        return ONE_STEP
    if known["standardised"] and known["critic"] is None and trial.name in {CASH_OUT, "ActionOrder"}:
        return STANDARDISED
    if known["elites"] and known["critic"] is None and trial.name in {CASH_OUT, "WillToLive"}:
        return ELITES
    return NO_CRITIC if trial.probe.asks == "value" and known["critic"] is None else ""


def ended_early(run: Run) -> str:
    """Why a run of a script that ended by itself says nothing; empty if it says something."""
    return ENDED_EARLY if run.steps < FEWEST_STEPS and not run.settled else ""
