"""When a failing run of a script is no evidence of a fault: doubtful readings, settings that were changed."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box

from rlprobe.diagnosis.choices.chosen import CASH_OUT, returns_excuse
from rlprobe.diagnosis.probe_settings import settings_of
from rlprobe.diagnosis.training.watch_actions import QUERY_COPIES
from rlprobe.diagnosis.trial import Trial, tolerance
from rlprobe.faults.transitions import Learner
from rlprobe.scripts.doubts.action_values import exploring_doubt, maximum_doubt, random_ends_doubt
from rlprobe.scripts.doubts.readings import (
    discount_doubt,
    idle_doubt,
    reading_doubt,
    seldom_doubt,
    slow_doubt,
)
from rlprobe.scripts.doubts.rhythm import changes_within_episodes, cut_doubt
from rlprobe.scripts.doubts.single_steps import without_single_steps

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rlprobe.diagnosis.run import Run
    from rlprobe.scripts.agent import ScriptAgent

MAY_BE_RETURNS = (
    "its updates cannot be observed: this is correct if it learns from returns of whole episodes "
    "(Monte-Carlo), and a truncation treated as termination if it bootstraps"
)
NEVER_ASKED = (
    "`{}` was never asked here: does the script learn in steps that do not end an episode only, or has it "
    "ended before?"
)
ALWAYS_THE_SAME = (
    "it took one and the same action in all of its latest steps, whatever it tried: a policy without a bias "
    "can do no other where observations are constant and normalised"
)
NORMALISED = (
    "a layer normalises over batches, and here all observations are equal: their deviation is 0, and what "
    "the network says in training and in evaluation has nothing to do with each other"
)
RELABELLED = (
    "it also learns from rewards that it computes for other goals (hindsight experience replay), and those "
    "have nothing to do with the rewards of a probe"
)
WITH_MEMORY = (
    "at this time limit it bootstraps from a combination of memory, or of earlier observations, and the last "
    "one that it was never trained on"
)
LEAST_ACTIONS = 20
LEARNED_FROM_UPDATES = 500
"""A network that is still the first one after so many updates of the critic is never updated."""


def doubted(run: Run, agent: ScriptAgent, known: Mapping[str, Any], *, rates: bool) -> Run:
    """A run, with the reason why a failure of it would be no evidence of a fault.

    Args:
        run: the run.
        agent: the script it was made with.
        known: what the first short run has shown of the script.
        rates: whether learning rates were raised.
    """
    run = without_single_steps(run, agent.trial)
    if doubt := RELABELLED if agent.relabels else cut_doubt(agent):
        return replace(run, doubt=doubt)
    if known["bootstraps"]:
        run = replace(run, whole_episodes=False)
    if agent.trial.probe.asks == "value" and run.values is None:
        if time.perf_counter() > agent.until:
            return replace(run, timed_out=True)
        return run if known["critic"] is None else replace(run, doubt=NEVER_ASKED.format(known["critic"]))
    if agent.trial.probe.asks == "value":
        pictures = "uint8" in known["observations"]
        doubt = idle_doubt(run, agent.trial, agent.updates)
        doubt = doubt or slow_doubt(run, agent.updates, pictures=pictures)
        doubt = doubt or batches_doubt(agent)
        doubt = doubt or (seldom_doubt(run) if agent.all_updates is None else "")
        sure = agent.sure or (known["proven"] and known["critic"] == agent.critic)
        doubt = doubt or reading_doubt(run, agent.critic, sure=sure, rivals=agent.rivals)
        actions = max(2, known["actions"]) if agent.learns_action_values else 0
        doubt = doubt or maximum_doubt(run, agent.trial, actions=actions, in_table=agent.all_updates is None)
        doubt = doubt or random_ends_doubt(run, agent.trial, actions=actions * (agent.all_updates is None))
        if not doubt and settings_of(agent.trial.name).needs == "action values":
            doubt = exploring_doubt(
                run, agent.trial, agent.recent_actions(), several_steps=known["several_steps"]
            )
        if not doubt and known["gamma"] is None:
            doubt = discount_doubt(run, agent.trial)
        return replace(run, doubt=doubt) if doubt else with_frozen_target(run, agent)
    if known["each_step"]:
        run = replace(run, lam=0.0)
    if agent.trial.name == CASH_OUT:
        of_memory = agent.recurrent and cuts_elsewhere(agent.trial)
        return replace(run, doubt=WITH_MEMORY) if of_memory else _by_returns(run, agent)
    if known["critic"] is None and not run.solved and always_the_same(agent):
        return replace(run, doubt=ALWAYS_THE_SAME)
    if rates:
        return run
    chosen = run.solved or has_chosen(agent)
    return run if chosen or run.doubt else replace(run, doubt="the policy has not chosen yet")


def batches_doubt(agent: ScriptAgent) -> str:
    """Why values of a single observation say little: batch normalisation makes it 0 while it is learned."""
    return NORMALISED if agent.over_batches and len(agent.trial.queried) == 1 else ""


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


def cuts_elsewhere(trial: Trial) -> bool:
    """Whether an offer leads to episodes cut off at an observation that others begin or go on with."""
    t = Trial(name=str(trial.options["of"])).transitions(reset_transitions=False)
    return bool((t.truncated & (t.final_observation != t.observation[t.current])).any())


def faster_rates(settings: Sequence[Mapping[str, Any]]) -> list[str]:
    """The names of the learning rates among the settings that were changed in memory."""
    return [str(one["name"]) for one in settings if one["what"] in {"learning rate", "tau"}]


def rates_doubt(names: Sequence[str]) -> str:
    """The sentence for a failing action probe that the script's own learning rates have not confirmed."""
    return (
        f"the policy did not find the best actions at the raised {' and '.join(dict.fromkeys(names))}, and "
        "too little was seen at the script's own; --defaults with a longer --budget may decide it"
    )


def prefers_worst(run: Run, trial: Trial) -> bool:
    """Whether it always takes the worst action of each observation, and not the same one at all of them.

    Learning that is too fast, or too slow, leaves one action or an arbitrary one; it does not find the worst.
    """
    if run.actions is None or run.actions.dtype.kind == "f":
        return False
    if run.unanimous is None or not run.unanimous.all() or len(np.unique(run.actions)) == 1:
        return False
    taken = np.arange(len(run.actions)), run.actions.astype(int).reshape(-1) - trial.first_action
    choices = trial.choices(run.gamma)
    return bool((choices.worst & ~choices.best)[taken].all())


def always_the_same(agent: ScriptAgent) -> bool:
    """Whether all of its latest continuous actions were one number, and not one of the bounds."""
    space = agent.trial.mdp.action_space
    if not isinstance(space, Box):
        return False
    rows = agent.asked({"do": "actions"})["actions"] or []
    taken = np.array([np.ravel(action) for row in rows for action in row], dtype=float)
    if len(taken) < LEAST_ACTIONS or np.ptp(taken, axis=0).any():
        return False
    return bool(((taken[0] > np.ravel(space.low)) & (taken[0] < np.ravel(space.high))).all())


def has_chosen(agent: ScriptAgent) -> bool:
    """Whether the agent takes one and the same action at each observation, in all of its answers."""
    queried = agent.trial.queried
    answers = agent.act(np.repeat(queried, QUERY_COPIES, axis=0)).reshape(len(queried), QUERY_COPIES, -1)
    return bool((answers == answers[:, :1]).all())
