"""When a failing run of a script is no evidence of a fault: doubtful readings, settings that were changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rlprobe.diagnosis.choices.chosen import CASH_OUT, returns_excuse
from rlprobe.diagnosis.probe_settings import settings_of
from rlprobe.diagnosis.training.watch_actions import QUERY_COPIES
from rlprobe.diagnosis.trial import tolerance
from rlprobe.faults.transitions import Learner
from rlprobe.scripts.action_values import exploring_doubt, maximum_doubt
from rlprobe.scripts.first_run.discount import USUAL
from rlprobe.scripts.rhythm import changes_within_episodes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial
    from rlprobe.scripts.agent import ScriptAgent

DISCOUNT_UNKNOWN = (
    "these values fit a discount of {:g}, but no variable in the script is named like a discount; pass it "
    "with {{gamma}} after --, or name it gamma"
)
MAY_BE_RETURNS = (
    "its updates cannot be observed: this is correct if it learns from returns of whole episodes "
    "(Monte-Carlo), and a truncation treated as termination if it bootstraps"
)
FEW_UPDATES, SLOW_BELOW_SHARE = 150, 0.5
"""Values that moved less than this share after so few updates may still be on their way."""
LEARNED_FROM_UPDATES = 500
"""A network that is still the first one after so many updates of the critic is never updated."""
STILL_BELOW_SHARE = 0.1
"""Values that moved less than this share of the largest exact value from the first ones have not moved."""


def doubted(run: Run, agent: ScriptAgent, known: Mapping[str, Any], *, rates: bool) -> Run:
    """A run, with the reason why a failure of it would be no evidence of a fault.

    Args:
        run: the run.
        agent: the script it was made with.
        known: what the first short run has shown of the script.
        rates: whether learning rates were raised.
    """
    if known["bootstraps"]:
        run = replace(run, whole_episodes=False)
    if agent.trial.probe.asks == "value":
        doubt = idle_doubt(run, agent.trial, agent.updates) or slow_doubt(run, agent.updates)
        sure = agent.sure or (known["proven"] and known["critic"] == agent.critic)
        doubt = doubt or reading_doubt(run, agent.critic, sure=sure, rivals=agent.rivals)
        doubt = doubt or maximum_doubt(run, agent.trial, of_actions=agent.learns_action_values)
        if not doubt and settings_of(agent.trial.name).needs == "action values":
            doubt = exploring_doubt(run, agent.trial, agent.recent_actions())
        if not doubt and known["gamma"] is None:
            doubt = discount_doubt(run, agent.trial)
        return replace(run, doubt=doubt) if doubt else with_frozen_target(run, agent)
    if known["each_step"]:
        run = replace(run, lam=0.0)
    if agent.trial.name == CASH_OUT:
        return _by_returns(run, agent)
    if rates:
        return run
    chosen = run.solved or has_chosen(agent)
    return run if chosen or run.doubt else replace(run, doubt="the policy has not chosen yet")


def with_frozen_target(run: Run, agent: ScriptAgent) -> Run:
    """The run, with the network that stands for a target and was never changed, if its values are wrong."""
    if run.values is None or run.diverged or not run.settled or agent.updates is None:
        return run
    if agent.updates < LEARNED_FROM_UPDATES or not is_wrong(run, agent.trial):
        return run
    twin = agent.frozen_twin()
    if twin is None:
        return run
    said = f"the weights of `{twin}` never changed in {agent.updates:,} updates of `{agent.critic}`"
    return replace(run, observed=(*run.observed, ("target-never-synced", said)))


def is_wrong(run: Run, trial: Trial) -> bool:
    """Whether the values of a run are far from the exact ones."""
    exact = trial.exact(Learner(gamma=run.gamma))
    return bool((abs(np.asarray(run.values) - exact) > 3.0 * tolerance(exact)).any())


def _by_returns(run: Run, agent: ScriptAgent) -> Run:
    """The run on CashOut, with whether the script may learn from whole episodes only."""
    within = agent.updates_within
    if within is None and returns_excuse(run, agent.trial):
        changes = changes_within_episodes(agent)
        if changes is None:
            return replace(run, doubt=MAY_BE_RETURNS)
        within = int(changes)
    return replace(run, whole_episodes=within == 0 and not agent.about()["bootstraps"])


def reading_doubt(run: Run, critic: str | None, *, sure: bool, rivals: Sequence[str] = ()) -> str:
    """Why wrong values may have been read from something else than the critic; empty if they were not.

    A critic that learns nothing and a layer that is no critic look alike: their outputs hardly move.

    Args:
        run: a run on a value probe.
        critic: what was read.
        sure: whether its name or its library says that it is the critic.
        rivals: other outputs that may as well be it, and that say something else.
    """
    if sure or run.values is None or run.initial is None:
        return ""
    if rivals:
        others = ", ".join(f"`{name}`" for name in dict.fromkeys(rivals))
        return f"the values were read from `{critic}`, and the critic may be {others}; name it with --value"
    if run.diverged:
        return ""
    moved = float(abs(run.values - run.initial).max())
    if moved > STILL_BELOW_SHARE * max(1.0, float(abs(run.initial).max())):
        return ""
    return (
        f"the values read from `{critic}` hardly changed, and it may not be the critic; "
        "name the critic with --value"
    )


def idle_doubt(run: Run, trial: Trial, updates: int | None) -> str:
    """Why wrong values say little where the script never updated a network; empty if it did.

    A script that learns after ``terminated`` only never learns where every episode ends at a time limit.

    Args:
        run: a run on a value probe.
        trial: the trial.
        updates: steps of its optimisers; None if they are not counted.
    """
    if updates != 0 or not run.steps or trial.transitions(reset_transitions=False).terminated.any():
        return ""
    return (
        f"the script made no update in {run.steps:,} steps, and no episode terminates here: "
        "does it learn after `terminated` only, and never after `truncated`?"
    )


def slow_doubt(run: Run, updates: int | None) -> str:
    """Why wrong values that hardly moved say little after few updates; empty if there were many.

    Args:
        run: a run on a value probe.
        updates: steps of its optimisers; None if they are not counted.
    """
    if updates is None or not 0 < updates < FEW_UPDATES or run.values is None or run.initial is None:
        return ""
    moved = float(abs(run.values - run.initial).max())
    if moved > SLOW_BELOW_SHARE * max(1.0, float(abs(run.initial).max())):
        return ""
    return (
        f"the script made only {updates} updates in {run.steps:,} steps, too few to distinguish slow from "
        "wrong learning; give it a larger learning rate or more updates in each rollout"
    )


def discount_doubt(run: Run, trial: Trial) -> str:
    """Why wrong values of a script whose discount is not known may be right; empty if no discount fits.

    Args:
        run: a run on a value probe.
        trial: the trial.
    """
    if run.values is None or run.diverged:
        return ""
    for gamma in USUAL:
        exact = trial.exact(Learner(gamma=gamma))
        error = abs(run.values - exact)
        if run.trend is not None and not run.settled:  # values on their way there may arrive
            error = np.where(run.trend * (exact - run.values) > 0, 0.0, error)
        if (error <= 2.0 * tolerance(exact)).all():
            return DISCOUNT_UNKNOWN.format(gamma)
    return ""


def faster_rates(settings: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the learning rates among the settings that were changed in memory."""
    return [str(one["name"]) for one in settings if one["what"] in {"learning rate", "tau"}]


def rates_doubt(names: Sequence[str]) -> str:
    """The sentence for a failing action probe that the script's own learning rates have not confirmed."""
    return (
        f"the policy did not find the best actions at the raised {' and '.join(dict.fromkeys(names))}, and "
        "too little was seen at the script's own; --defaults with a longer --budget may decide it"
    )


def has_chosen(agent: ScriptAgent) -> bool:
    """Whether the agent takes one and the same action at each observation, in all of its answers."""
    queried = agent.trial.queried
    answers = agent.act(np.repeat(queried, QUERY_COPIES, axis=0)).reshape(len(queried), QUERY_COPIES, -1)
    return bool((answers == answers[:, :1]).all())
