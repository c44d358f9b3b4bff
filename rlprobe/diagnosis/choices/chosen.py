"""What an agent chooses on CashOut under an explanation: the action whose predicted value is larger."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from probe_envs import solve
from probe_envs.dynamics import Dynamics
from probe_envs.probes.cash_out import CASHED, ENTERED, both_choices
from rlprobe.faults.prediction import converged_values, stores_resets
from rlprobe.faults.stored import transitions_of
from rlprobe.faults.transitions import Learner, observed_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.inference.explanation import Explanation
    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial
    from rlprobe.faults.declaration import Actor
    from rlprobe.faults.transitions import Transitions

CASH_OUT = "CashOut"
APART_SHARE, APART = 0.105, 0.05
"""The two values must differ by this share of the larger one, and by this number, to tell the choice."""
P_AS_PREDICTED, P_OTHERWISE, P_EITHER = 0.95, 0.03, 0.5
"""Probability of a seed's choice if it is predicted, if the other one is, and of a trial's if neither is."""
LEAK = 0.002
"""Part of each bootstrapped value that is left out, so that values without a discount stay finite."""
FAR_APART_SHARE = 0.3
"""The same share where a value depends on the initial ones, which are taken for 0."""


def chosen(explanation: Explanation, trial: Trial) -> Actor:
    """``"best"`` or ``"worst"``: the choice that ``explanation`` predicts; ``"any"`` if it predicts none."""
    right = _prefers(Learner(gamma=explanation.learner.gamma), (), trial.options, resets=False)
    forms = explanation.forms
    resets = stores_resets(forms, "next_step" if explanation.wraps else None)
    wrong = _prefers(explanation.learner, forms, trial.options, resets=resets)
    return "any" if wrong is None or right is None else "best" if wrong == right else "worst"


def returns_choose_otherwise(trial: Trial, gamma: float) -> bool:
    """Whether correct Monte-Carlo returns, which stop at a time limit, lead to the other choice."""
    learner = Learner(gamma=gamma)
    by_returns = replace(learner, lam=1.0, bootstraps=False)
    ways = [_prefers(one, (), trial.options, resets=False) for one in (learner, by_returns)]
    return None not in ways and ways[0] != ways[1]


def choice_likelihood(runs: Sequence[Run], actor: Actor) -> float:
    """Log probability of the choices of all seeds; seeds choose alike where no choice is predicted."""
    if actor not in {"best", "worst"}:
        return float(np.log(P_EITHER))
    told = [run for run in runs if not run.timed_out and not run.doubt]
    as_predicted = [bool(run.solved) == (actor == "best") for run in told]
    return float(np.sum(np.log([P_AS_PREDICTED if one else P_OTHERWISE for one in as_predicted])))


def right_choice(trial: Trial, best: Sequence[Sequence[int]]) -> str:
    """The best choice in words, with what entering is worth."""
    gamma = trial.setting.gamma
    inside = {name: trial.options[name] for name in ("of", "sure", "scale") if name in trial.options}
    worth = solve(both_choices(**inside), gamma).value(ENTERED)
    enter = _enters(best[_offer(trial)][0])
    return f"to {'enter' if enter else 'take it'}: entering is worth {worth:.3g}"


def choices_made(trial: Trial, learned: Sequence[Any]) -> str:
    """What each seed chose, in words."""
    made = [_enters(np.asarray(one)[_offer(trial)].item()) for one in learned]
    if len(set(made)) > 1:
        return f"entered with {sum(made)} of {len(made)} seeds"
    return "entered" if made and made[0] else "took the sure reward"


def _enters(action: float) -> bool:
    """Whether an action enters: 0, 2, ... of discrete ones, those in the lower half of continuous ones."""
    return action % 2 == 0 if isinstance(action, int) else action <= 0


def _offer(trial: Trial) -> int:
    """The place of the offer among the queried observations."""
    return int(np.argmax(trial.queried[:, -1]))


def _prefers(learner: Learner, forms: Any, options: Any, *, resets: bool) -> bool | None:
    """Whether entering has the larger predicted value; None if the values are close or unpredictable."""
    inside = tuple((name, options[name]) for name in ("of", "sure", "scale") if name in options)
    transitions, entered, cashed = _both(inside, resets)
    with np.errstate(all="ignore"):
        values = converged_values(transitions, learner, forms)
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


@cache
def _both(inside: tuple[tuple[str, Any], ...], resets: bool) -> tuple[Transitions, int, int]:
    """The transitions with the choice made by chance, and the observations after either choice."""
    mdp = both_choices(**dict(inside))
    dynamics = Dynamics(mdp)
    seen = observed_in(dynamics).of_situation[:: mdp.time_limit or 1]
    places = {state: i for i, state in enumerate(dynamics.table.states)}
    transitions = transitions_of(mdp, reset_transitions=resets)
    return (
        transitions.change(bootstrap_mask=(1.0 - LEAK) * transitions.bootstrap_mask),
        int(seen[places[ENTERED]]),
        int(seen[places[CASHED]]),
    )
