"""What an agent chooses on CashOut: under an explanation, the action whose predicted value is larger."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from probe_envs import solve
from probe_envs.dynamics import Dynamics
from probe_envs.probes.cash_out import after, both_choices, offer_states
from rlprobe.faults.prediction import converged_values, stores_resets
from rlprobe.faults.stored import transitions_of
from rlprobe.faults.transitions import Learner, observed_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rlprobe.diagnosis.inference.explanation import Explanation
    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial
    from rlprobe.faults.fixed_point import Values
    from rlprobe.faults.transitions import Transitions

CASH_OUT = "CashOut"
OPTIONS = ("of", "sure", "scale", "paid", "rest")
APART_SHARE, APART = 0.105, 0.05
"""The two values must differ by this share of the larger one, and by this number, to tell the choice."""
LEAK = 0.002
"""Part of each bootstrapped value that is left out, so that values without a discount stay finite."""
FAR_APART_SHARE = 0.3
"""The same share where a value depends on the initial ones, which are taken for 0."""
SELDOM = 0.1
"""How often an action is taken that is not preferred: rewards and values of a batch depend on it."""
TRIED_TIMES = 6
"""A choice counts once each action with another result was taken so often at the offer."""
MIDDLE = 0.1
"""Continuous actions so near the middle of their bounds show no choice."""

Entered: TypeAlias = tuple[bool | None, ...]
"""Whether an agent enters at each offer of a trial; None where that is not known."""


def foretold(explanation: Explanation, trial: Trial) -> Entered:
    """What ``explanation`` predicts at each offer; None where the values are close or unpredictable.

    A form that says what the policy does, and changes no value, predicts no choice.
    """
    forms = explanation.forms
    if any(form.actor != "best" and form.change is None for form in forms):
        return (None,) * len(offers_of(trial))
    resets = stores_resets(forms, "next_step" if explanation.wraps else None)
    return _prefers(explanation.learner, forms, trial, resets=resets)


def best_choices(trial: Trial, gamma: float) -> Entered:
    """The better choice at each offer."""
    solution = solve(trial.mdp, gamma)
    place = {state: i for i, state in enumerate(solution.table.states)}
    return tuple(bool(solution.optimal[place[offer]][0]) for offer in offers_of(trial))


def by_returns(trial: Trial, gamma: float) -> Entered:
    """The choices that correct Monte-Carlo returns lead to, which stop at a time limit."""
    return _prefers(Learner(gamma=gamma, lam=1.0, bootstraps=False), (), trial, resets=False)


def made(run: Run, trial: Trial) -> Entered:
    """What the agent chose at each offer in the end; None where it took both actions."""
    if run.actions is None:
        return (None,) * len(offers_of(trial))
    agreed = np.ones(len(run.actions), bool) if run.unanimous is None else run.unanimous
    return tuple(
        _enters(np.asarray(run.actions[i]).reshape(-1)[0].item(), trial.first_action) if agreed[i] else None
        for i in _places(trial)
    )


def both_tried(counts: NDArray[np.int64], trial: Trial, least: int) -> NDArray[np.bool_]:
    """``(n,)``: whether the agent has tried to enter and not to enter, at each queried observation.

    Args:
        counts: ``(n, A)`` how often each action was taken there.
        trial: the trial. Observations that are no offers count as tried.
        least: how often each action should be taken.
    """
    times = np.minimum(counts[:, 0::2].sum(axis=1), counts[:, 1::2].sum(axis=1))
    return np.asarray((times >= least * counts.shape[1] / 2) | ~at_offers(trial))


def wrong(run: Run, trial: Trial) -> dict[int, bool]:
    """The offers, by number, at which it chose the smaller value, and whether it entered there."""
    pairs = zip(made(run, trial), best_choices(trial, run.gamma), strict=True)
    return {i: mine for i, (mine, best) in enumerate(pairs) if mine is not None and mine != best}


def returns_excuse(run: Run, trial: Trial) -> bool:
    """Whether Monte-Carlo returns lead to every wrong choice of a run, and there is one."""
    mistakes = wrong(run, trial)
    if not mistakes:
        return False
    returns = by_returns(trial, run.gamma)
    return all(returns[i] == mine for i, mine in mistakes.items())


def offers_of(trial: Trial) -> tuple[str, ...]:
    """The states of a trial in which a reward is offered."""
    return offer_states(trial.options.get("sure", 6.0))


def worth(trial: Trial, gamma: float) -> float:
    """What entering is worth."""
    return solve(_both_of(trial), gamma).value(after(offers_of(trial)[0], 0))


def at_offers(trial: Trial) -> NDArray[np.bool_]:
    """``(n,)``: which queried observations are offers."""
    at = np.zeros(len(trial.queried), bool)
    at[list(_places(trial))] = True
    return at


def _places(trial: Trial) -> tuple[int, ...]:
    """The place of each offer among the queried observations."""
    numbers = {np.asarray(view).tobytes(): i for i, view in enumerate(trial.queried)}
    return tuple(numbers[np.asarray(trial.mdp.observe(offer)).tobytes()] for offer in offers_of(trial))


def _enters(action: float, first: int) -> bool | None:
    """Whether an action enters: 0, 2, ... of discrete ones, those in the lower half of continuous ones."""
    if isinstance(action, int):
        return (action - first) % 2 == 0
    return None if abs(action) < MIDDLE else action < 0


def _prefers(learner: Learner, forms: Any, trial: Trial, *, resets: bool) -> Entered:
    """Whether entering has the larger predicted value at each offer, where it is what is mostly done.

    Rewards and values of a batch depend on what is done. None where both choices, or neither, confirm
    themselves.
    """
    given = tuple((name, trial.options[name]) for name in OPTIONS if name in trial.options)
    found = []
    for entering in (SELDOM, 1.0 - SELDOM):
        transitions, numbers = _both(given, resets, entering)
        with np.errstate(all="ignore"):
            values = converged_values(transitions, learner, forms)
        found.append([_larger(values, *pair) for pair in numbers])
    ways = [(may_cash is False, may_enter is True) for may_cash, may_enter in zip(*found, strict=True)]
    return tuple(None if cashes == enters else enters for cashes, enters in ways)


def _larger(values: Values, entered: int, cashed: int) -> bool | None:
    """Whether the first value is larger; None if the values are close or unpredictable."""
    enter, cash = float(values.mean[entered]), float(values.mean[cashed])
    if np.isnan(enter) or np.isnan(cash):
        return None
    learned = values.known[entered] and values.known[cashed]
    if enter == cash or (not values.stable and np.isfinite(enter) == np.isfinite(cash)):
        return None
    if np.isfinite(enter) and np.isfinite(cash):
        near = max(APART, (APART_SHARE if learned else FAR_APART_SHARE) * max(abs(enter), abs(cash)))
        if abs(enter - cash) < near:
            return None
    return enter > cash


def _both_of(trial: Trial) -> Any:
    return both_choices(**{name: trial.options[name] for name in OPTIONS if name in trial.options})


@cache
def _both(
    given: tuple[tuple[str, Any], ...], resets: bool, entering: float
) -> tuple[Transitions, list[tuple[int, int]]]:
    """The transitions with choices made by chance, and the observations after both choices at each offer."""
    mdp = both_choices(**dict(given), entering=entering)
    dynamics = Dynamics(mdp)
    seen = observed_in(dynamics).of_situation[:: mdp.time_limit or 1]
    places = {state: i for i, state in enumerate(dynamics.table.states)}
    transitions = transitions_of(mdp, reset_transitions=resets)
    offers = offer_states(dict(given).get("sure", 6.0))
    return (
        transitions.change(bootstrap_mask=(1.0 - LEAK) * transitions.bootstrap_mask),
        [(int(seen[places[after(one, 0)]]), int(seen[places[after(one, 1)]])) for one in offers],
    )
