"""Train an agent on one trial, in chunks, until the answer is clear."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium.spaces import Box

from probe_envs import ActionError, solve
from rlprobe.diagnosis import questions
from rlprobe.diagnosis.code_words import methods_of, without_purpose
from rlprobe.diagnosis.probe_settings import settings_of
from rlprobe.diagnosis.run import Run
from rlprobe.diagnosis.training.behaviour import action_counts
from rlprobe.diagnosis.training.best_actions import all_alike, payments
from rlprobe.diagnosis.training.consistency import equal_when_alone, evaluation_changes, inconsistency
from rlprobe.diagnosis.training.counting import Count, environment
from rlprobe.diagnosis.training.rhythm import rhythm_of
from rlprobe.diagnosis.training.torch_calls.watching import TorchCalls, torch_calls_seen
from rlprobe.diagnosis.training.watch_actions import WatchActions
from rlprobe.diagnosis.training.watch_values import WatchValues
from rlprobe.diagnosis.wording import in_one_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

    from rlprobe.agent import Agent, MakeAgent
    from rlprobe.diagnosis.trial import Trial

CHUNK_STEPS = 125
"""Steps asked for in one call of ``learn``; values and actions are queried after each."""
LEAST_STEPS = 500
"""Environment steps before a run may stop early; for seeds after the first half as many."""
UNTRAINED = "parameters-not-optimised"
OUTSIDE = "its actions are not in the space"
MOST_IDLE_CALLS = 40
"""Calls of ``learn`` in a row without a step. One long rollout may serve several calls."""


def run(make_agent: MakeAgent, trial: Trial, seed: int, *, seconds: float = 60.0) -> Run:
    """Train one agent on one trial with one seed.

    Args:
        make_agent: builds the agent.
        trial: what to learn.
        seed: seeds the environment and the agent.
        seconds: wall time after which the run ends.

    Raises:
        AgentError: the agent's answers cannot be read.
        CannotBuildError: the factory raised.
        Exception: whatever the agent raises.
    """
    began = time.perf_counter()
    count = Count(target=_best_return(trial), actions=_discrete(trial))
    if trial.probe.asks == "action" and not count.actions:
        count.moves = []
    env = environment(trial, seed, count)
    try:
        agent = _built(make_agent, env, trial, seed)
        questions.check_agent(agent)
        try:
            return follow(agent, trial, count, seed, began=began, until=began + seconds)
        except (ActionError, questions.AgentError) as error:
            if not trial.options.get("start"):
                raise
            seen = (("discrete-start-ignored", str(error)),)
            gamma = questions.discount(agent, trial.setting.gamma)
            return cut_short(seed, gamma, seen=seen, doubt=OUTSIDE, began=began, steps=count.steps)
    finally:
        env.close()


def cut_short(
    seed: int, gamma: float, *, seen: Iterable[tuple[str, str]], doubt: str, began: float, steps: int = 0
) -> Run:
    """A run that an error ended, whose cause was seen."""
    seconds = time.perf_counter() - began
    return Run(seed=seed, steps=steps, seconds=seconds, gamma=gamma, observed=tuple(seen), doubt=doubt)


def follow(agent: Agent, trial: Trial, count: Count, seed: int, *, began: float, until: float) -> Run:
    """Train an agent that was built on the environment of a trial, until the answer is clear.

    Args:
        agent: the agent.
        trial: the trial.
        count: the counts of its steps, updated by the environment.
        seed: the seed it was built with.
        began: when the run began, in ``time.perf_counter()``.
        until: when the run has to end, likewise.

    Raises:
        AgentError: the agent's answers cannot be read.
        Exception: whatever the agent raises.
    """
    if reason := questions.unsuited(agent, settings_of(trial.name).needs):
        return Run(
            seed=seed,
            steps=0,
            seconds=time.perf_counter() - began,
            gamma=questions.discount(agent, trial.setting.gamma),
            unsuited=reason,
        )
    watch, rhythm = _watch(agent, trial, count, seed), rhythm_of(agent, trial, count)
    with _torch_calls(trial, count) as calls:
        try:
            late = _train(agent, watch, count, calls, trial.most_steps, until)
        except Exception as error:
            if calls.undefined.said:
                error.add_note(calls.undefined.said)
            if not (why := calls.undefined.observed.items()):
                raise
            gamma = questions.discount(agent, trial.setting.gamma)
            return cut_short(seed, gamma, seen=why, doubt=in_one_line(error), began=began, steps=count.steps)
    if isinstance(watch, WatchActions):
        watch.late = late
    found, methods = watch.findings(), methods_of(agent)
    seen = (
        *_observed(agent, trial, count, diverged=bool(found.get("diverged"))),
        *without_purpose(calls.observed, methods),
        *_idle(calls, watch, solved=found.get("solved") is not False),
        *calls.astray(trial.setting.num_envs),
        *(watch.observed() if isinstance(watch, WatchActions) else ()),
    )
    return Run(
        seed=seed,
        seconds=time.perf_counter() - began,
        timed_out=late and 2 * count.steps < trial.most_steps and not found.get("solved"),
        whole_episodes=rhythm.whole_episodes,
        mostly_at_ends=rhythm.mostly_at_ends,
        methods=methods,
        observed=seen,
        **_counted(trial, count),
        **calls.in_losses,
        **found,
    )


def _torch_calls(trial: Trial, count: Count) -> AbstractContextManager[TorchCalls]:
    """Watch PyTorch while an agent learns a trial."""
    return torch_calls_seen(
        trial.mdp.action_space,
        steps=lambda: count.steps,
        chooses=trial.probe.asks == "action",
        fresh=(lambda: count.at_end) if trial.setting.num_envs == 1 else None,
        shown=lambda: trial.queried,
        now=(lambda: (count.shown, count.left)) if trial.setting.num_envs == 1 else lambda: None,
        pays=payments(trial.mdp) if trial.probe.asks == "action" else None,
        alike=all_alike(trial.mdp, trial.setting.gamma),
    )


def _watch(agent: Agent, trial: Trial, count: Count, seed: int) -> WatchValues | WatchActions:
    """What looks at values or actions after each chunk."""
    least = settings_of(trial.name).least_steps or (LEAST_STEPS if seed == 0 else LEAST_STEPS // 2)
    if trial.probe.asks == "value":
        return WatchValues(agent, trial, least)
    return WatchActions(agent, trial, least, count)


def _counted(trial: Trial, count: Count) -> dict[str, Any]:
    """The fields of a run that its steps have given."""
    return {
        "steps": count.steps,
        "successes": count.best,
        "episodes": count.episodes,
        "action_counts": action_counts(trial, count) if count.actions else None,
        "outside": count.outside,
    }


def _observed(agent: Agent, trial: Trial, count: Count, *, diverged: bool) -> tuple[tuple[str, str], ...]:
    """The faults that are seen in what the agent did and answers, each with a sentence."""
    found = []
    if not diverged and (said := equal_when_alone(agent, trial.queried)):
        found.append(("dueling-axis", said))
    if trial.probe.asks == "value" and not diverged:
        if said := inconsistency(agent, trial.queried):
            found.append(("wrong-network-mode", said))
        elif said := evaluation_changes(agent, trial.queried):
            found.append(("normaliser-updates-at-evaluation", said))
    if count.shared_seed is not None:
        found.append(("shared-seed", f"several environments were reset with the seed {count.shared_seed}"))
    return tuple(found)


def _idle(calls: TorchCalls, watch: WatchValues | WatchActions, *, solved: bool) -> list[tuple[str, str]]:
    """That weights never get a gradient, where a policy is not solved, or values are wrong for good."""
    twin = isinstance(watch, WatchValues) and watch.converged_wrong
    said = calls.weights.idle_twin if twin else "" if solved else calls.weights.idle
    return [(UNTRAINED, said)] if said and UNTRAINED not in dict(calls.observed) else []


class CannotBuildError(Exception):
    """The agent could not be built on the environment of a trial; its cause is what the factory raised."""


def _built(make_agent: MakeAgent, env: Any, trial: Trial, seed: int) -> Agent:
    try:
        return make_agent(env, trial.with_seed(seed))
    except Exception as error:
        raise CannotBuildError(f"{type(error).__name__}: {error}") from error


def _train(  # noqa: PLR0917
    agent: Agent,
    watch: WatchValues | WatchActions,
    count: Count,
    calls: TorchCalls,
    most_steps: int,
    deadline: float,
) -> bool:
    """Learn until the answer is clear, the steps are used up or time is up; True if time is up."""
    idle = 0
    while True:
        before, began = count.steps, time.perf_counter()
        agent.learn(max(1, round(CHUNK_STEPS / count.pace)))
        took = time.perf_counter() - began
        if count.over:
            with calls.inputs.asked():
                watch.look(count.steps)
            return False
        idle = idle + 1 if count.steps == before else 0
        if idle == MOST_IDLE_CALLS:
            raise questions.AgentError(
                f"learn({CHUNK_STEPS}) was called {MOST_IDLE_CALLS} times and took no step in the "
                "environment that the agent was built with; learn must step that environment"
            )
        late = time.perf_counter() + took / 2 > deadline
        if idle and not late:
            continue
        with calls.inputs.asked():
            watch.look(count.steps)
        over = count.steps >= most_steps or watch.clear(round(count.steps * count.pace))
        if over or late:
            return not over


def _discrete(trial: Trial) -> bool:
    return trial.probe.asks == "action" and not isinstance(trial.mdp.action_space, Box)


def _best_return(trial: Trial) -> float:
    return solve(trial.mdp, 1.0).start_value if trial.probe.asks == "exploration" else np.inf
