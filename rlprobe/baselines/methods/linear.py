"""Linear policies: 200 at random, the cross-entropy method, augmented random search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rlprobe.baselines.playing import OutOfTimeError, Player
from rlprobe.baselines.policies import Linear, UnsuitedError
from rlprobe.baselines.table import Curve, Missing, Row
from rlprobe.output.numbers import short

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from rlprobe.baselines.methods.chance import Outcome
    from rlprobe.environments.opening import Make

    Floats = npt.NDArray[np.float64]
    Search = Callable[[Player, Linear], tuple[Floats, Curve, str]]

GUESSES: Final = 200
POPULATION: Final = 40
ELITE: Final = 8
EXTRA_NOISE: Final = (0.5, 20)
"""Standard deviation that is added to the elite's, and generations over which it vanishes."""
DIRECTIONS, BEST_DIRECTIONS = 8, 4
STEP_SIZE, NOISE = 0.15, 0.2


def guessing(make: Make, until: float) -> Outcome:
    """200 random linear policies; the spread of their returns says how hard the task is."""
    return _row(f"best of {GUESSES} linear policies", make, until, _guess)


def cross_entropy(make: Make, until: float) -> Outcome:
    """The cross-entropy method with decreasing noise. Source: Szita and Lorincz (2006)."""
    return _row("cross-entropy method, linear", make, until, _cross_entropy)


def random_search(make: Make, until: float) -> Outcome:
    """Augmented random search, version V1-t. Source: Mania, Guy and Recht (2018)."""
    return _row("random search (ARS), linear", make, until, _random_search)


def _row(name: str, make: Make, until: float, search: Search) -> Outcome:
    player = Player(make, until)
    try:
        family = Linear.of(player)
        weights, curve, note = search(player, family)
    except UnsuitedError as error:
        return [], [Missing(name, str(error))], None
    except OutOfTimeError:
        return [], [Missing(name, "its first episodes did not end in its time")], None
    returns = player.fresh(family.policy(weights))
    if not returns:
        return [], [Missing(name, "no time for evaluation episodes")], None
    row = Row(
        name, "linear", returns, player.best, player.steps, player.seconds, note, (curve,) if curve else ()
    )
    return [row], [], None


def _guess(player: Player, family: Linear) -> tuple[Floats, Curve, str]:
    random = np.random.default_rng(0)
    weights = random.normal(size=(GUESSES, family.size))
    totals: list[float] = []
    try:
        for one in weights:
            if not player.searching():
                break
            totals.append(player.episode(family.policy(one)).total)
        best = _again(player, family, weights, totals) if totals else 0
    except OutOfTimeError:
        best = int(np.argmax(totals)) if totals else 0
    if not totals:
        raise OutOfTimeError
    low, middle, high = np.quantile(totals, [0.1, 0.5, 0.9])
    told = "" if len(totals) == GUESSES else f"{len(totals)} tried; "
    return weights[best], (), f"{told}10, 50, 90 % of them: {short(low)}, {short(middle)}, {short(high)}"


def _again(player: Player, family: Linear, weights: Floats, totals: list[float]) -> int:
    """Play the ten best guesses four times more: a single good episode may be luck."""
    means = []
    ranked = np.argsort(totals)[::-1][:10]
    for which in ranked:
        more = [totals[which]]
        while len(more) < 5 and player.searching():
            more.append(player.episode(family.policy(weights[which])).total)
        means.append(float(np.mean(more)))
    return int(ranked[int(np.argmax(means))])


def _cross_entropy(player: Player, family: Linear) -> tuple[Floats, Curve, str]:
    random = np.random.default_rng(1)
    mean, std = np.zeros(family.size), np.ones(family.size)
    curve: list[tuple[int, float]] = []
    generation = 0
    try:
        while player.searching():
            weights = mean + std * random.normal(size=(POPULATION, family.size))
            totals = np.array([_total(player, family, one) for one in weights])
            elite = weights[np.argsort(totals)[-ELITE:]]
            mean = elite.mean(axis=0)
            std = elite.std(axis=0) + EXTRA_NOISE[0] * max(0.0, 1.0 - (generation + 1) / EXTRA_NOISE[1])
            curve.append((player.steps, float(totals.mean())))
            generation += 1
    except OutOfTimeError:
        if not curve:
            raise
    if not curve:
        raise OutOfTimeError
    return mean, tuple(curve), f"{generation} generations of {POPULATION}"


def _total(player: Player, family: Linear, weights: Floats) -> float:
    """The return of one episode; raises ``OutOfTimeError`` if only the fresh episodes have time left."""
    if not player.searching():
        raise OutOfTimeError
    return player.episode(family.policy(weights)).total


def _random_search(player: Player, family: Linear) -> tuple[Floats, Curve, str]:
    random = np.random.default_rng(2)
    weights = np.zeros(family.size)
    curve: list[tuple[int, float]] = []
    try:
        while player.searching():
            directions = random.normal(size=(DIRECTIONS, family.size))
            pairs = np.array(
                [
                    [_total(player, family, weights + sign * NOISE * one) for sign in (1, -1)]
                    for one in directions
                ]
            )
            used = np.argsort(pairs.max(axis=1))[-BEST_DIRECTIONS:]
            spread = float(pairs[used].std()) or 1.0
            weights += (
                STEP_SIZE / (BEST_DIRECTIONS * spread) * (pairs[used, 0] - pairs[used, 1]) @ directions[used]
            )
            curve.append((player.steps, float(pairs.mean())))
    except OutOfTimeError:
        if not curve:
            raise
    if not curve:
        raise OutOfTimeError
    return weights, tuple(curve), f"{len(curve)} updates"
