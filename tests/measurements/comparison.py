"""Measures how often `rlprobe compare` errs, and writes docs/compare/measured.md.

    python tests/measurements/comparison.py

Takes about four minutes of one core.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr

from rlprobe.battery.saved import Saved
from rlprobe.comparison.log import Series
from rlprobe.comparison.scoring import At, score
from rlprobe.comparison.statistics.difference import difference
from rlprobe.comparison.statistics.permutation import divisions, permutation
from rlprobe.comparison.statistics.sequential import LOOKS, looked
from rlprobe.comparison.statistics.student import standard_error, welch
from rlprobe.stats.intervals import Share

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = Path(__file__).parents[2] / "docs" / "compare" / "measured.md"
STORED = Path(__file__).with_name("stored") / "a2c_cartpole.json"
TIMES = 2000
FEWER_TIMES = 1000
Draw = tuple["Callable[[np.random.Generator, int], np.ndarray]", float]
SHAPES: dict[str, Draw] = {
    "normal": (lambda random, n: random.normal(size=n), 0.0),
    "30 % fail": (
        lambda random, n: np.where(random.random(n) < 0.3, 0.0, 10.0) + random.normal(size=n),
        7.0,
    ),
    "skewed": (lambda random, n: random.lognormal(size=n), float(np.exp(0.5))),
    "30 % fail, little spread": (
        lambda random, n: np.where(random.random(n) < 0.3, 0.0, 10.0) + 0.4 * random.normal(size=n),
        7.0,
    ),
    "ten times wider": (lambda random, n: 10 * random.normal(size=n), 0.0),
}
SAME = [(shape, shape, n, n) for shape in list(SHAPES)[:3] for n in (3, 5, 10)]
UNLIKE = [
    *(("normal", "30 % fail", n, n) for n in (4, 5, 6, 7, 8, 10)),
    ("30 % fail", "normal", 3, 10),
    *((one, "skewed", n, n) for n in (5, 10) for one in ("normal", "30 % fail")),
    ("normal", "30 % fail, little spread", 5, 5),
    ("normal", "30 % fail", 5, 10),
    ("30 % fail", "normal", 5, 10),
    ("normal", "skewed", 5, 10),
    ("skewed", "normal", 5, 10),
    ("30 % fail", "skewed", 5, 10),
    ("normal", "ten times wider", 5, 5),
    ("normal", "ten times wider", 10, 5),
    ("normal", "skewed", 20, 20),
]
TRIED = [
    ("normal", "30 % fail", 5, 5),
    ("normal", "30 % fail, little spread", 5, 5),
    ("30 % fail", "normal", 5, 10),
    ("normal", "skewed", 8, 8),
    ("normal", "skewed", 10, 10),
]
POWERS = [(3, 4), (3, 5), (5, 5), (8, 5), (2, 6), (4, 6), (2, 8), (3, 8), (2, 10), (1, 17)]


def drawn(random: np.random.Generator, shape: str, count: int) -> np.ndarray:
    """Scores of one shape with mean 0."""
    draw, mean = SHAPES[shape]
    return draw(random, count) - mean


def touching(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether bars of one standard error do not touch."""
    errors = [x.std(ddof=1) / np.sqrt(len(x)) for x in (a, b)]
    return bool(abs(a.mean() - b.mean()) > sum(errors))


def percentile(a: np.ndarray, b: np.ndarray, random: np.random.Generator) -> bool:
    """Whether the percentile bootstrap calls two groups different."""
    means = [x[random.integers(0, len(x), (1000, len(x)))].mean(axis=1) for x in (a, b)]
    low, high = np.quantile(means[0] - means[1], [0.025, 0.975])
    return not low <= 0 <= high


def percent(count: float, times: int) -> str:
    """A share with its interval."""
    share = Share(int(count), times)
    return f"{100 * share.value:.1f} % ({100 * share.low:.1f} to {100 * share.high:.1f})"


def row(one: str, other: str, m: int, n: int, times: int) -> str:
    """False differences and coverage of one pair of shapes with equal means."""
    random = np.random.default_rng(100 * m + n)
    false = covered = careful = bare = boot = 0
    for _ in range(times):
        a, b = drawn(random, one, m), drawn(random, other, n)
        found = difference(a, b)
        false += found.p <= 0.05
        covered += found.low <= 0 <= found.high
        careful += found.if_one_fails.p <= 0.05
        bare += touching(a, b)
        boot += percentile(a, b, random)
    name = one if one == other else f"{one} against {other}"
    cells = [percent(false, times), percent(covered, times)]
    cells += [f"{100 * x / times:.1f} %" for x in (careful, bare, boot)]
    line = f"| {name} | {m if m == n else f'{m} against {n}'} | {' | '.join(cells)} |"
    print(line, flush=True)
    return line


def table(cells: list[tuple[str, str, int, int]], times: int) -> list[str]:
    """A table in Markdown."""
    return [
        "| returns | seeds | false differences | coverage | `--allow-failure` | bars apart | bootstrap |",
        "|---|---|---|---|---|---|---|",
        *(row(*cell, times) for cell in cells),
    ]


def once_seen() -> str:
    """False differences of five seeds by whether one of them has failed."""
    random = np.random.default_rng(4)
    false = {True: [], False: []}
    for _ in range(TIMES):
        failing = drawn(random, "30 % fail", 5)
        false[bool((failing < -2).any())].append(difference(drawn(random, "normal", 5), failing).p <= 0.05)
    seen, hidden = (percent(sum(false[one]), len(false[one])) for one in (True, False))
    return f"Of groups without a failure it calls\n{hidden} different, of groups with one {seen}."


def studentised_permutation(a: np.ndarray, b: np.ndarray) -> float:
    """P-value of the permutation test of Welch's t."""
    m, n = len(a), len(b)
    scores = np.concatenate([a, b]) - np.concatenate([a, b]).mean()
    chosen = divisions(m, n)
    sums, squares = chosen @ scores, chosen @ scores**2
    rest, others = scores.sum() - sums, (scores**2).sum() - squares
    errors = (squares - sums**2 / m) / (m - 1) / m + (others - rest**2 / n) / (n - 1) / n
    ratios = np.abs(sums / m - rest / n) / np.sqrt(np.maximum(errors, 1e-300))
    seen = abs(a.mean() - b.mean()) / standard_error(a, b)[0]
    return float((1 + (ratios >= seen * (1 - 1e-9)).sum()) / (1 + len(ratios)))


def skewness_corrected(a: np.ndarray, b: np.ndarray) -> float:
    """P-value of Welch's t with Hall's cubic correction of its skewness (Hall 1992)."""
    error, freedom = standard_error(a, b)
    third = [((x - x.mean()) ** 3).mean() / len(x) ** 2 for x in (a, b)]
    skew, t = (third[0] - third[1]) / error**3, (a.mean() - b.mean()) / error
    return float(2 * stdtr(freedom, -abs(t + skew / 3 * t**2 + skew**2 / 27 * t**3 + skew / 6)))


WAYS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "permutation and Welch, the larger p": lambda a, b: difference(a, b).p,
    "Welch alone": lambda a, b: welch(a, b)[2],
    "studentised permutation": studentised_permutation,
    "skewness-corrected Welch": skewness_corrected,
    "with `--allow-failure`": lambda a, b: difference(a, b).if_one_fails.p,
}


def tried() -> list[str]:
    """What other tests give, where means are equal and where they are not."""
    names = [f"{one} against {other}, {m} and {n}" for one, other, m, n in TRIED]
    lines = [
        f"| way | {' | '.join(names)} | 3 sd found by 5 | 5 sd found by 5 |",
        "|---" * (len(names) + 3) + "|",
    ]
    for way, p in WAYS.items():
        cells = []
        for one, other, m, n in TRIED:
            random = np.random.default_rng(100 * m + n)
            pairs = ((drawn(random, one, m), drawn(random, other, n)) for _ in range(FEWER_TIMES))
            cells.append(sum(p(a, b) <= 0.05 for a, b in pairs) / FEWER_TIMES)
        for size in (3.0, 5.0):
            random = np.random.default_rng(5)
            found = (p(random.normal(size, 1, 5), random.normal(0, 1, 5)) <= 0.05 for _ in range(500))
            cells.append(sum(found) / 500)
        lines.append(f"| {way} | " + " | ".join(f"{100 * cell:.1f} %" for cell in cells) + " |")
        print(lines[-1], flush=True)
    return lines


def powers() -> list[str]:
    """How often a difference is found."""
    lines = [
        "| difference in standard deviations | seeds each | found | found with `--allow-failure` |",
        "|---|---|---|---|",
    ]
    for effect, seeds in POWERS:
        random = np.random.default_rng(1)
        found = [difference(random.normal(effect, 1, seeds), random.normal(0, 1, seeds)) for _ in range(500)]
        found_by_default, careful = (
            sum(p <= 0.05 for p in x) / 5 for x in zip(*((d.p, d.if_one_fails.p) for d in found), strict=True)
        )
        lines.append(f"| {effect:g} | {seeds} | {found_by_default:.0f} % | {careful:.0f} % |")
    return lines


def looks() -> list[str]:
    """Errors of who looks five times."""
    random = np.random.default_rng(2)
    pairs = [(random.normal(size=20), random.normal(size=20)) for _ in range(1000)]
    ours = Share(sum(looked(*pair).sign != 0 for pair in pairs), 1000)
    naive = Share(sum(any(permutation(a[:n], b[:n])[2] <= 0.05 for n in LOOKS) for a, b in pairs), 1000)
    return [
        (
            f"If groups of the same algorithm are compared at {', '.join(map(str, LOOKS))} seeds, up to the "
            f"first clear difference, a false difference is found in {ours} with `--until-clear`, and in "
            f"{naive} with p < 0.05 each time."
        )
    ]


def stored() -> list[str]:
    """False differences between groups of real runs of one agent."""
    saved = Saved.read(STORED)
    curves = [Series.of(*zip(*points, strict=True)) for points in saved.curves["CartPole-v1"].values()]
    budget = min(float(curve.steps[-1]) for curve in curves)
    scores = np.array([score(curve, At(), budget) for curve in curves])
    random = np.random.default_rng(3)
    lines = ["| seeds each | false differences | bars that do not touch |", "|---|---|---|"]
    for seeds in (3, 5, 10):
        false = bare = 0
        for _ in range(1000):
            drawn = random.permutation(scores)
            a, b = drawn[:seeds], drawn[seeds : 2 * seeds]
            false += difference(a, b).p <= 0.05
            bare += touching(a, b)
        lines.append(f"| {seeds} | {false / 10:.1f} % | {bare / 10:.1f} % |")
    return lines


def main() -> None:
    """Measure everything and write the page."""
    PAGE.write_text(
        f"""# How often it errs

Measured by `tests/measurements/comparison.py` on simulated returns, {TIMES:,} pairs of groups a row,
{FEWER_TIMES:,} where shapes differ; in brackets the 95 % interval of the share. Beside it stand the false
differences with `--allow-failure`, and what many papers do: error bars of one standard error that do not
touch (*bars apart*), and the percentile bootstrap of the mean.

## Two groups of the same algorithm

Every difference that is reported here is false. With 3 seeds there is no 95 % interval, so that none is
reported.

{chr(10).join(table(SAME, TIMES))}

## Real runs

Two groups are drawn, 1,000 times and without replacement, from 24 runs of A2C of Stable-Baselines3 on
CartPole, 1,500 steps each. Only the seeds of these runs differ.

{chr(10).join(stored())}

## Two algorithms with equal means and different distributions

Where one algorithm fails in 30 % of its seeds and the other never does, 17 of 100 groups of five seeds
contain no failure at all. No test can know of failures that it has not seen. So a test that finds three
standard deviations with five seeds is wrong in those 17. {once_seen()}

If one more seed could undo a clear difference, the report says so. With `--allow-failure`, a difference
counts only if it would also hold with one more seed that fails.

{chr(10).join(table(UNLIKE, FEWER_TIMES))}

`--allow-failure` does not prevent all false differences: those from failing seeds far below the others, from
less than 30 % failing seeds, and, above ten seeds, from long tails.

## Other tests that were tried

False differences between groups with equal means, and true differences found.

{chr(10).join(tried())}

## True differences

To find three standard deviations takes four seeds each, and eight with `--allow-failure`. From eleven seeds
on, `--allow-failure` changes nothing.

{chr(10).join(powers())}

## Comparing again and again

{chr(10).join(looks())}
"""
    )


if __name__ == "__main__":
    main()
