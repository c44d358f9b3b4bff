"""Reasons why a failing trial is no evidence of a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from probe_envs.mdp import END
from rlprobe.diagnosis.probe_settings import settings_of
from rlprobe.diagnosis.trial import tolerance
from rlprobe.faults import fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from rlprobe.diagnosis.judging.method import Method
    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial
    from rlprobe.faults.declaration import Disturbs

ENDS_AT_RANDOM = "RandomExit"
MEMORY_WITHIN_SHARE = 0.5
"""What a recurrent critic never learned from at a time limit shifts its values by less than this share, if
nobody saw that it bootstraps there. If it does, they may be any: also those of a limit that terminates, where
it values what follows with 0, as in the beginning."""
NEAR_SHARE, FAR_BELOW_SHARE = 0.1, 0.25
"""Values may lie these shares above the exact one and below the lowest one that the weights explain: these
critics are noisy, and Adam with several steps on each episode gives short ones even more weight."""

EXACT_WITHIN = 0.02
"""Values of tables are exact up to this share of them, or of 1."""


def excuse_of(
    trial: Trial,
    runs: Sequence[Run],
    method: Method,
    learned: NDArray[np.float64],
    exact: NDArray[np.float64],
) -> str:
    """Why wrong values are no evidence of a fault in an agent of this kind; empty if they are evidence."""
    return (
        _of_method(trial, method, learned, exact)
        or replayed_with_memory(trial, runs)
        or averaged_by_episode(trial, runs)
        or clipped_steps(trial, runs)
        or hardly_tried(trial, runs, exact)
        or doubt_of(runs)
    )


def doubt_of(runs: Sequence[Run]) -> str:
    """Why failing runs are no evidence of a fault; empty if most of them are."""
    failed = [run for run in runs if not run.solved and not run.timed_out]
    doubts = [run.doubt for run in failed if run.doubt]
    return doubts[0] if 2 * len(doubts) >= len(failed) and doubts else ""


def _of_method(trial: Trial, method: Method, learned: NDArray[np.float64], exact: NDArray[np.float64]) -> str:
    """Why wrong values are no evidence of a fault in an agent of this kind; empty if they are evidence."""
    if method.warm and not method.steady:
        return (
            f"values contain entropy at a weight that was still changing (up to {method.temperature:.2g}); "
            "diagnose with a fixed one (ent_coef of SAC)"
        )
    if method.warm and settings_of(trial.name).needs:
        return (
            f"values depend on the actions here, and so, at an entropy weight of {method.temperature:.2g}, "
            "on how random the policy is"
        )
    t = trial.transitions(reset_transitions=False)
    elsewhere = t.final_observation != t.observation[t.current]
    unknown = method.values_ends or bool((abs(learned - exact) < MEMORY_WITHIN_SHARE * abs(exact)).all())
    if method.recurrent and ((t.truncated & elsewhere).any() or (t.truncated.any() and unknown)):
        return (
            "at this time limit a recurrent critic bootstraps from a combination of memory and observation "
            "that it was never trained on"
        )
    right = abs(learned - exact) <= tolerance(exact)
    if method.recurrent and right[where_episodes_begin(trial)].all():
        return (
            "the values where episodes begin are right; asked in the middle of one, a recurrent critic has a "
            "memory that it may never have been trained with"
        )
    return ""


def replayed_with_memory(trial: Trial, runs: Sequence[Run]) -> str:
    """Why values say nothing of a recurrent network that learns action values from replayed sequences.

    Its targets are the values of a sequence that begins one step later, with an empty memory. In the middle
    of an episode it may never be trained with that.

    Returns:
        The reason; empty for other learners, and where every observation begins episodes.
    """
    if not all(run.recurrent and run.q_network for run in runs) or where_episodes_begin(trial).all():
        return ""
    return (
        "a recurrent network that learns from replayed sequences bootstraps within an episode with a memory "
        "that it may never have been trained with"
    )


def where_episodes_begin(trial: Trial) -> NDArray[np.bool_]:
    """``(n,)``: whether episodes can begin at each queried observation."""
    first = {np.asarray(trial.mdp.observe(state)).tobytes() for state in trial.mdp.start}
    return np.array([view.tobytes() in first for view in trial.queried])


def clipped_steps(trial: Trial, runs: Sequence[Run]) -> str:
    """Why values that are too high are no evidence of a fault where gradients are clipped.

    If each step learns from one transition, and large errors count as small ones, values move to the median
    of their targets. Here most targets are those of steps that do not end the episode.

    Args:
        trial: the trial.
        runs: its runs.

    Returns:
        The reason; empty if the trial does not end at random, gradients were not clipped, or the values are
        closer to the exact one than to that of an episode without end.
    """
    if trial.name != ENDS_AT_RANDOM or 2 * sum(run.clipped for run in runs) <= len(runs):
        return ""
    ends, reward = _ending(trial)
    _, exact = value_range(reward, ends, runs[0].gamma)
    learned = np.array([run.values for run in runs], dtype=np.float64)
    if (learned < (exact + reward / (1.0 - runs[0].gamma)) / 2.0).any():
        return ""
    return (
        "gradients of large errors were clipped, so that they count as those of smaller ones do: where "
        "returns are random, values that are learned from single steps are then not their means"
    )


def hardly_tried(trial: Trial, runs: Sequence[Run], exact: NDArray[np.float64]) -> str:
    """Why values of choices are no evidence where the best action was hardly tried.

    They are then the exact values of some other action in each state. Whether the best one should have been
    tried is shown by the probes that ask for actions.
    """
    if settings_of(trial.name).needs != "action values":
        return ""
    wrong = [run for run in runs if (abs(np.asarray(run.values) - exact) > tolerance(exact)).any()]
    untried = [_of_other_actions(trial, np.asarray(run.values), run.gamma) for run in wrong]
    if 2 * sum(untried) <= len(runs):
        return ""
    return (
        "its values are the exact ones of other actions than the best: it has hardly tried the best ones here"
    )


def _of_other_actions(trial: Trial, values: NDArray[np.float64], gamma: float) -> bool:
    """Whether values follow from one action in each state: not the best one where all actions end it."""
    value_of = {view.tobytes(): float(value) for view, value in zip(trial.queried, values, strict=True)}
    seen = {state: np.asarray(trial.mdp.observe(state)).tobytes() for state in _states(trial)}
    others = False
    for state, view in seen.items():
        laws = [trial.mdp.step(state, action) for action in trial.mdp.actions]
        outcomes = [
            sum(
                p * (r + (0 if after is END else gamma * value_of[seen[after]]))
                for (after, r), p in law.items()
            )
            for law in laws
        ]
        near = EXACT_WITHIN * max(1.0, abs(value_of[view]))
        if not any(abs(value_of[view] - one / trial.unit) < near for one in outcomes):
            return False
        ends = all(after is END for law in laws for after, _ in law)
        others |= ends and value_of[view] < max(outcomes) / trial.unit - near
    return others


def _states(trial: Trial) -> set[Any]:
    """The states of a probe of one choice or of two in a row."""
    after = {state for s in trial.mdp.start for a in trial.mdp.actions for state, _ in trial.mdp.step(s, a)}
    return {*trial.mdp.start, *after} - {END}


def _ending(trial: Trial) -> tuple[float, float]:
    """The chance with which a step ends the episode, and the mean reward of a step."""
    law = trial.mdp.step(next(iter(trial.mdp.start)), trial.mdp.actions[0])  # all actions do the same
    return sum(p for (after, _), p in law.items() if after is END), sum(p * r for (_, r), p in law.items())


def averaged_by_episode(trial: Trial, runs: Sequence[Run]) -> str:
    """Why values that are too low are no evidence of a fault in a critic that learns once an episode.

    Args:
        trial: the trial.
        runs: its runs.

    Returns:
        The reason; empty if the trial does not end at random, the critic learns within episodes, or its
        values lie outside of what these weights can explain. Of a recurrent critic it is not known when it
        learns: its values change with its memory.
    """
    at_ends, recurrent = any(run.mostly_at_ends for run in runs), any(run.recurrent for run in runs)
    if trial.name != ENDS_AT_RANDOM or not (at_ends or recurrent):
        return ""
    ends, reward = _ending(trial)
    lowest, exact = value_range(reward, ends, runs[0].gamma)
    learned = np.array([run.values for run in runs], dtype=np.float64)
    if ((learned < (1 - FAR_BELOW_SHARE) * lowest) | (learned > (1 + NEAR_SHARE) * exact)).any():
        return ""
    when = "its values change" if at_ends else "a recurrent critic may learn"
    return (
        f"{when} at ends of episodes; a loss averaged over each episode gives steps of short "
        f"episodes more weight, and a correct critic then learns between {lowest:.3g} and {exact:.3g} here"
    )


def value_range(reward: float, ends: float, gamma: float) -> tuple[float, float]:
    """The lowest and the exact value of a state that ends with chance ``ends`` after each step.

    If every episode has the same weight, whatever its length ``L``, the last step has the share
    ``E[1/L] = -ends / (1 - ends) * log(ends)`` of all weight instead of ``ends``.

    >>> low, exact = value_range(1.0, 0.25, 0.9)
    >>> round(low, 3), round(exact, 3)
    (1.938, 3.077)
    """
    share = -ends / (1 - ends) * float(np.log(ends)) if ends < 1 else 1.0
    return reward / (1 - gamma * (1 - share)), reward / (1 - gamma * (1 - ends))


def disturbed(runs: Iterable[Run], what: Disturbs, *, least: int = 1) -> bool:
    """Whether a fault that disturbs actions, or everything, was seen in at least so many runs."""
    seen = (fault(name).disturbs for run in runs for name, _ in run.observed)
    return sum(one == what for one in seen) >= least
