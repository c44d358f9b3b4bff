"""Measures how often `rlprobe search` errs, and writes docs/compare/search_measured.md.

    python tests/measurements/search.py

Takes about a minute of one core.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.search.sensitivity import effects
from rlprobe.search.table import Parameter, Trials
from rlprobe.stats.intervals import Share

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parents[2] / "docs" / "compare" / "search_measured.md"
TIMES = 500
PARAMETERS = 8
SHAPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "straight": lambda x: x,
    "hump": lambda x: -((x - 0.5) ** 2),
    "hump to one side": lambda x: -((x - 0.3) ** 2),
    "good only above a step": lambda x: (x > 0.6).astype(float),
}
NOISES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": lambda random, n: random.normal(size=n),
    "skewed (log-normal)": lambda random, n: random.lognormal(size=n),
    "two humps, 30 % fail": lambda random, n: (
        np.where(random.random(n) < 0.3, 0.0, 10.0) + random.normal(size=n)
    ),
}


def study(
    random: np.random.Generator, count: int, values: np.ndarray | None, shape: str = "straight"
) -> Trials:
    """A study in which the first parameter explains 30 % of the variance, or in which nothing does."""
    settings = random.random((count, PARAMETERS))
    if values is None:
        signal = SHAPES[shape](settings[:, 0])
        signal = (signal - signal.mean()) / signal.std()
        values = np.sqrt(0.3) * signal + np.sqrt(0.7) * random.normal(size=count)
    return Trials(tuple(Parameter(f"p{i}", settings[:, i]) for i in range(PARAMETERS)), values)


def noise_rows() -> list[str]:
    """How often something is named where nothing matters."""
    lines = ["| results | trials | nothing matters |", "|---|---|---|"]
    for name, draw in NOISES.items():
        for count in (20, 50):
            random = np.random.default_rng(count)
            quiet = [
                not any(one.matters for one in effects(study(random, count, draw(random, count))))
                for _ in range(TIMES)
            ]
            share = Share(sum(quiet), TIMES)
            lines.append(
                f"| {name} | {count} | {100 * share.value:.1f} % ({100 * share.low:.1f} to "
                f"{100 * share.high:.1f}) |"
            )
            print(lines[-1])
    return lines


def power_rows() -> list[str]:
    """How often a parameter that explains 30 % is found."""
    lines = ["| shape | trials | found | told | something else named |", "|---|---|---|---|---|"]
    for shape in SHAPES:
        for count in (30, 50):
            random = np.random.default_rng(count)
            found = [effects(study(random, count, None, shape)) for _ in range(TIMES)]
            named = [{one.parameter.name for one in one_study if one.matters} for one_study in found]
            hit, other = (
                Share(sum("p0" in one for one in named), TIMES),
                sum(bool(one - {"p0"}) for one in named),
            )
            told = found[0][0].power
            lines.append(
                f"| {shape} | {count} | {hit.value:.0%} | {told:.0%} | {other / TIMES:.1%} |".replace(
                    "%", " %"
                )
            )
            print(lines[-1])
    return lines


def main() -> None:
    """Measure everything and write the page."""
    text = f"""# How often a search errs

Measured by `tests/measurements/search.py` on {TIMES} simulated studies of {PARAMETERS} parameters each; in
brackets the 95 % interval of the share.

## Studies of pure noise

{chr(10).join(noise_rows())}

## A parameter that explains 30 % of the variance

*Told* is what the report says it would have seen.

{chr(10).join(power_rows())}
"""
    PAGE.write_text(text)


if __name__ == "__main__":
    main()
