"""The sentences of a search, which terminal and page share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rlprobe.output.numbers import percent, short

if TYPE_CHECKING:
    from rlprobe.search.concluding import Study
    from rlprobe.search.statistics.sensitivity import Effect


def headline(study: Study) -> str:
    """What matters, in a sentence."""
    count = len(study.trials.values)
    if study.too_few:
        return f"{count} trials: too few to tell what matters"
    names = [effect.parameter.name for effect in study.matters]
    if not names:
        return f"{count} trials: no sign that any parameter matters"
    return (
        f"{count} trials: {' and '.join(names) if len(names) < 3 else ', '.join(names)} "
        f"matter{'s' * (len(names) == 1)}"
    )


def verdict(effect: Effect) -> str:
    """Whether a parameter matters."""
    if effect.matters:
        p = f"p = {effect.p:.2g}" if effect.p >= 0.001 else "p < 0.001"
        return f"matters ({p}), explains {percent(effect.share)} of the variance"
    chances = effect.power
    if chances.smooth <= 0:
        return "no sign of an effect, but so few trials cannot show one"
    shapes = (
        percent(chances.smooth)
        if chances.step is None
        else f"{percent(chances.smooth)} as a line or a hump, with {percent(chances.step)} as a step"
    )
    return f"no sign (p = {effect.p:.2g}); would have seen 30 % of the variance with {shapes}"


def notes(study: Study) -> list[str]:
    """Noise, robustness, luck, and what never arrives."""
    made = [
        f"{name} never reaches your code: both ends of its range give the same returns to the last bit"
        for name in study.trials.silent
    ]
    made += study.trials.told
    if study.noise is None:
        made.append("share of noise: unknown without repeated seeds (--seeds 2 or more)")
    else:
        made.append(f"share of noise: {percent(study.noise)} of the variance is between seeds of one setting")
    made.append(f"robustness: {study.robust} of the volume that was searched is within 90 % of the best")
    if study.lucky is not None:
        again = np.asarray(study.trials.again)
        level = float(np.quantile(study.trials.values, 0.75))
        sign = -1.0 if study.trials.minimise else 1.0
        if study.lucky:
            made.append(
                f"you just got lucky: the best trial, repeated with {len(again)} new seeds, has mean "
                f"{short(sign * float(again.mean()))}, worse than the best quarter of all trials "
                f"({short(sign * level)})"
            )
        else:
            made.append(
                f"the best trial, repeated with {len(again)} new seeds, has mean "
                f"{short(sign * float(again.mean()))} "
                f"(the best quarter of all trials starts at {short(sign * level)})"
            )
    return made


def best(study: Study) -> str:
    """The best trial."""
    place = int(study.trials.values.argmax())
    sign = -1.0 if study.trials.minimise else 1.0
    settings = ", ".join(f"{one.name} {value_of(one.values[place])}" for one in study.trials.parameters)
    return f"best trial: {short(sign * float(study.trials.values[place]))} with {settings}"


def value_of(value: object) -> str:
    """A value of a parameter in few letters."""
    return short(float(value)) if isinstance(value, (int, float, np.number)) else str(value)
