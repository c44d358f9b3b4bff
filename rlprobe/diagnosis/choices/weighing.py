"""How well choices fit an explanation, what they come to, and how a report tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from rlprobe.diagnosis.choices.chosen import best_choices, made, worth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rlprobe.diagnosis.choices.chosen import Entered
    from rlprobe.diagnosis.run import Run
    from rlprobe.diagnosis.trial import Trial

P_AS_PREDICTED, P_OTHERWISE = 0.95, 0.03
"""Probability of a seed's choice if it is predicted, and if the other one is."""
NOT_CHOSEN = "the policy has not chosen at every offer; a longer --budget may decide it"


def told_by(runs: Sequence[Run]) -> list[Run]:
    """The runs that show choices."""
    return [run for run in runs if not run.timed_out and not run.doubt]


def choice_likelihood(runs: Sequence[Run], trial: Trial, predicted: Entered) -> float:
    """Log probability of the choices of all seeds.

    Where no choice is predicted, seeds choose alike, and enter below some reward: with n such offers there
    are n + 1 ways.
    """
    told = [made(run, trial) for run in told_by(runs)]
    chances = [
        P_AS_PREDICTED if mine == predicted[i] else P_OTHERWISE
        for choices in told
        for i, mine in enumerate(choices)
        if mine is not None and predicted[i] is not None
    ]
    free = sum(one is None for one in predicted)
    return float(np.sum(np.log(chances))) - float(np.log(free + 1.0))


def choices_fit(runs: Sequence[Run], trial: Trial, predicted: Entered) -> bool:
    """Whether at no offer half of the seeds choose other than predicted: one may settle early."""
    told = [made(run, trial) for run in told_by(runs)]
    for i, foreseen in enumerate(predicted):
        mine = [choices[i] for choices in told if choices[i] is not None]
        if foreseen is not None and 2 * sum(one != foreseen for one in mine) >= max(len(mine), 1) and mine:
            return False
    return True


def choices_differ(one: Entered, other: Entered) -> bool:
    """Whether two predictions differ at some offer."""
    return any(a != b and a is not None and b is not None for a, b in zip(one, other, strict=True))


def outcome_of(trial: Trial, runs: Sequence[Run]) -> Literal["pass", "fail", "undecided"]:
    """``fail`` if most seeds chose the smaller value at some offer, ``pass`` if at none."""
    told = [run for run in runs if not run.timed_out]
    if not told:
        return "undecided"
    right = best_choices(trial, runs[0].gamma)
    choices = [made(run, trial) for run in told]
    known = [[mine[i] for mine in choices if mine[i] is not None] for i in range(len(right))]
    wrong_share = [
        np.mean([one != best for one in mine]) if mine else 0.5
        for mine, best in zip(known, right, strict=True)
    ]
    if max(wrong_share) > 0.5:
        return "fail"
    return "pass" if all(share < 0.5 for share in wrong_share) else "undecided"


def told_choices(trial: Trial, runs: Sequence[Run]) -> str:
    """What the seeds chose, and what entering is worth, in one sentence."""
    return f"{chosen_in_words(trial, runs)}, but {worth_in_words(trial, runs)}"


def worth_in_words(trial: Trial, runs: Sequence[Run]) -> str:
    """What entering is worth."""
    return f"entering is worth {worth(trial, runs[0].gamma):.3g}"


def chosen_in_words(trial: Trial, runs: Sequence[Run]) -> str:
    """What most seeds chose, as far as it is known."""
    told = [made(run, trial) for run in told_by(runs) or runs]
    most = max(told, key=told.count)
    seeds = f" ({told.count(most)} of {len(told)} seeds)" if len(told) > 1 else ""
    return f"it {_in_words(prices_of(trial), most)}{seeds}"


def _in_words(prices: Sequence[float], choices: Entered) -> str:
    """Choices in words: the value they show lies between two rewards, if they show one."""
    entered = [price for price, enters in zip(prices, choices, strict=True) if enters]
    took = [price for price, enters in zip(prices, choices, strict=True) if enters is False]
    if entered and took:
        if max(entered) < min(took):
            return f"expects a value between {max(entered):g} and {min(took):g}"
        return f"takes {listed(took)}, but not {listed(entered)}"
    if entered:
        return f"expects more than {max(entered):g}"
    return f"expects less than {min(took):g}" if took else "has not chosen yet"


def listed(prices: Sequence[float]) -> str:
    """Rewards in words."""
    return " and ".join(f"{price:g}" for price in prices)


def prices_of(trial: Trial) -> tuple[float, ...]:
    """The rewards that a trial offers."""
    sure = trial.options.get("sure", 6.0)
    return tuple(sure) if isinstance(sure, tuple | list) else (sure,)
