"""How much more or less probable some faults are, from what was seen of losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from probe_envs.mdp import is_one_step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rlprobe.diagnosis.judging.result import Result

PAIRS, NO_PUSH, UNTRAINED = "loss-broadcast", "advantage-normalised-to-zero", "parameters-not-optimised"
"""The faults that show in the shapes of tensors, in the gradients at log-probabilities, and in the weights of
a policy that gets such gradients."""
NO_PUSH_AT_ENDS = "terminal-reward-dropped: in the advantages only"
"""The form of a fault that leaves no gradients there either, where episodes have one step."""
ASCENDS = "sign-flipped: critic loss"
"""The form of a fault that shows in the gradients at squared errors."""
IF_PAIRED, IF_EQUAL = 100.0, 0.04
"""How many times more probable a loss that pairs each with each is, if such shapes were seen, and if losses
were seen and their shapes were equal."""
IF_NO_PUSH, IF_PUSHED = 30.0, 0.02
"""The same for advantages that are all zero, if no loss was seen to push the probability of an action on a
probe whose best actions were not found, and if losses did. Where episodes have several steps, those before
the last one tell the two apart, whatever was chosen there."""
IF_LARGER, IF_SMALLER = 100.0, 1e-3
"""The same for a critic that moves away from its targets, if losses were seen to make errors larger, and if
they make them smaller."""


def paired_in(results: Iterable[Result]) -> str:
    """Where tensors of one length were seen paired each with each; empty if nowhere."""
    return next((run.paired for result in results for run in result.runs if run.paired), "")


def factors_of_losses(results: Iterable[Result], failed: Iterable[Result]) -> dict[str, float]:
    """The log factors of the priors of some faults, by their ids, or by the id and the name of a form.

    Args:
        results: those of all trials.
        failed: those that failed.
    """
    results = list(results)
    equal = any(run.equal_shapes for result in results for run in result.runs)
    pushes = {run.pushes for one in failed if one.trial.probe.asks == "action" for run in one.runs}
    ways = {run.errors for result in results for run in result.runs} - {""}
    push = IF_PUSHED if pushes & {"some", "astray"} else IF_NO_PUSH if "none" in pushes else 1.0
    longer = {
        run.pushes
        for one in results
        if one.trial.probe.asks == "action" and not is_one_step(one.trial.mdp)
        for run in one.runs
    }
    factors = {
        ASCENDS: IF_LARGER if ways == {"larger"} else IF_SMALLER if ways == {"smaller"} else 1.0,
        PAIRS: IF_PAIRED if paired_in(results) else IF_EQUAL if equal else 1.0,
        NO_PUSH: IF_PUSHED if "some" in longer else push,
        NO_PUSH_AT_ENDS: IF_PUSHED if "none" in longer else push,
        UNTRAINED: IF_PUSHED if pushes - {""} else 1.0,
    }
    return {name: float(np.log(factor)) for name, factor in factors.items()}
