"""Measures how often `rlprobe search` errs, and writes docs/compare/search_measured.md.

    python tests/measurements/search.py

Takes about four minutes of one core.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from rlprobe.search.statistics.sensitivity import effects
from rlprobe.search.table import Parameter, Trials
from rlprobe.stats.intervals import Share

PAGE = Path(__file__).parents[2] / "docs" / "compare" / "search_measured.md"
TIMES = 1000
TOLD = 40
"""Studies of which the told chance is averaged."""
PARAMETERS = 8
NOISES: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": lambda random, n: random.normal(size=n),
    "skewed (log-normal)": lambda random, n: random.lognormal(size=n),
    "two humps, 30 % fail": lambda random, n: (
        np.where(random.random(n) < 0.3, 0.0, 10.0) + random.normal(size=n)
    ),
    "capped: half of them at the best value": lambda random, n: np.minimum(random.normal(size=n), 0.0),
    "means of 1, 2 or 5 seeds": lambda random, n: (
        random.normal(size=n) / np.sqrt(random.choice([1, 2, 5], n))
    ),
}


def parameters(random: np.random.Generator, count: int, kind: str = "numbers") -> list[Parameter]:
    """Eight parameters: numbers, or a mixture of numbers, powers of two and choices."""
    made = [Parameter(f"p{i}", random.random(count)) for i in range(PARAMETERS)]
    if kind == "mixed":
        powers = 2.0 ** random.integers(5, 13, count)
        made[0] = Parameter("p0", powers, log=True, low=32.0, high=4096.0, kind="pow2")
        made[1] = Parameter("p1", random.choice(["a", "b", "c"], count), kind="choice")
        made[2] = Parameter("p2", random.choice(["on", "off"], count), kind="choice")
    return made


def with_signal(random: np.random.Generator, signal: np.ndarray, share: float = 0.3) -> np.ndarray:
    """Results of which a signal explains a share of the variance."""
    signal = (signal - signal.mean()) / signal.std()
    return np.sqrt(share) * signal + np.sqrt(1 - share) * random.normal(size=len(signal))


def percent(share: float) -> str:
    """A share in words."""
    return f"{100 * share:.0f} %"


def noise_rows() -> list[str]:
    """How often something is named where nothing matters."""
    lines = ["| results | parameters | trials | nothing matters |", "|---|---|---|---|"]
    for name, draw in NOISES.items():
        for kind in ("numbers", "mixed"):
            for count in (20, 50):
                random = np.random.default_rng(count)
                quiet = 0
                for _ in range(TIMES):
                    study = Trials(tuple(parameters(random, count, kind)), draw(random, count))
                    quiet += not any(one.matters for one in effects(study))
                share = Share(quiet, TIMES)
                inside = f"({100 * share.low:.1f} to {100 * share.high:.1f})"
                lines.append(f"| {name} | {kind} | {count} | {100 * share.value:.1f} % {inside} |")
                print(lines[-1], flush=True)
    return lines


Signal = tuple[str, int, Callable[[np.random.Generator, list[Parameter]], np.ndarray]]


def signals() -> dict[str, Signal]:
    """By name: kind of the parameters, which of them matters, and what it does."""
    made: dict[str, Signal] = {
        "straight": ("numbers", 0, lambda _, ps: ps[0].values),
        "hump": ("numbers", 0, lambda _, ps: -((ps[0].values - 0.5) ** 2)),
        "hump to one side": ("numbers", 0, lambda _, ps: -((ps[0].values - 0.3) ** 2)),
        "good only above a step, at 20 to 80 %": (
            "numbers",
            0,
            lambda random, ps: ps[0].values > random.uniform(0.2, 0.8),
        ),
        "powers of two, straight": ("mixed", 0, lambda _, ps: ps[0].places),
        "powers of two, hump": ("mixed", 0, lambda _, ps: -((ps[0].places - 0.5) ** 2)),
        "one of three choices is better": ("mixed", 1, lambda _, ps: ps[1].values == "b"),
        "one of two choices is better": ("mixed", 2, lambda _, ps: ps[2].values == "on"),
    }
    return made


def power_rows() -> list[str]:
    """How often a parameter that explains 30 % is found."""
    lines = ["| shape | trials | found | predicted | something else named |", "|---|---|---|---|---|"]
    for shape, (kind, place, draw) in signals().items():
        for count in (30, 50):
            random = np.random.default_rng(count)
            hits = others = 0
            told = []
            for i in range(TIMES):
                made = parameters(random, count, kind)
                found = effects(Trials(tuple(made), with_signal(random, draw(random, made).astype(float))))
                names = {one.parameter.name for one in found if one.matters}
                hits += f"p{place}" in names
                others += bool(names - {f"p{place}"})
                if i < TOLD:
                    (power,) = (one.power for one in found if one.parameter.name == f"p{place}")
                    told.append(power.step if "step" in shape and power.step is not None else power.smooth)
            cells = [percent(hits / TIMES), percent(float(np.mean(told))), f"{100 * others / TIMES:.1f} %"]
            lines.append(f"| {shape} | {count} | {' | '.join(cells)} |")
            print(lines[-1], flush=True)
    return lines


def together_rows() -> list[str]:
    """Two parameters that matter only together, and a third that does nothing."""
    shapes: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
        "only the product counts, (x - 1/2) (y - 1/2)": lambda x, y: (x - 0.5) * (y - 0.5),
        "good only if both are large, x y": lambda x, y: x * y,
        "two that add up, x + y": lambda x, y: x + y,
    }
    lines = ["| together 60 % of the variance | at least one found | both found | something else named |"]
    lines.append("|---|---|---|---|")
    for name, f in shapes.items():
        random = np.random.default_rng(7)
        counts = np.zeros(3)
        for _ in range(TIMES):
            made = parameters(random, 50)
            values = with_signal(random, f(made[0].values, made[1].values), 0.6)
            names = {one.parameter.name for one in effects(Trials(tuple(made), values)) if one.matters}
            both = len(names & {"p0", "p1"})
            counts += [both >= 1, both == 2, bool(names - {"p0", "p1"})]
        lines.append(f"| {name} | " + " | ".join(f"{100 * x / TIMES:.1f} %" for x in counts) + " |")
        print(lines[-1], flush=True)
    return lines


def main() -> None:
    """Measure everything and write the page."""
    PAGE.write_text(
        f"""# How often a search errs

Measured by `tests/measurements/search.py` on {TIMES} simulated studies of {PARAMETERS} parameters each; in
brackets the 95 % interval of the share. *Mixed* are five numbers, powers of two, and choices of three
and of two.

## Studies of pure noise

{chr(10).join(noise_rows())}

## A parameter that explains 30 % of the variance

*Predicted* is the probability that the report itself gives (*would have seen*), simulated for each study on
its own trials.

{chr(10).join(power_rows())}

## Parameters that matter together

Each parameter is tested alone. Of two that matter only through their product, neither is found.

{chr(10).join(together_rows())}
"""
    )


if __name__ == "__main__":
    main()
