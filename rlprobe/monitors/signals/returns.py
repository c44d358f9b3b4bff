"""Returns and lengths of episodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rlprobe.monitors.findings.finding import Finding
from rlprobe.output.numbers import percent, short

if TYPE_CHECKING:
    from rlprobe.monitors.episodes.book import Book
    from rlprobe.monitors.holding import Moment

FEWEST_EPISODES = 60
MOVED_FACTOR = 2.0
TOGETHER_ABOVE = 0.9
STEPS_WITHOUT_END = 20_000
LOST_SHARE = 0.5
"""A policy that has lost half of the way from its first to its best returns has unlearned."""


def judge_returns(book: Book, now: Moment, steps: int) -> list[Finding]:
    """Findings on returns and lengths, from the episodes of the training code."""
    found: list[Finding] = []
    if book.non_finite is not None:
        found.append(
            Finding("reward-not-finite", "broken", book.non_finite, "an episode has a NaN or infinite return")
        )
    if not book.count and steps >= STEPS_WITHOUT_END:
        words = f"no episode has ended in {steps:,} steps"
        found.append(Finding("no-episode-ended", "note", 0, words, 0.0, (1.0, None)))
    if book.count >= FEWEST_EPISODES:
        found += _together(book, now) + _lengths_only(book, now)
        found += _lost(book) if now.final else []
    return found


def _together(book: Book, now: Moment) -> list[Finding]:
    """Whether the copies of a vector environment always end their episodes in the same step."""
    share = book.ends_together / book.ends if book.ends >= FEWEST_EPISODES else 0.0
    if share <= TOGETHER_ABOVE:
        return []
    words = f"{percent(share)} of the episodes ended in the same step as those of all other environments"
    return [Finding("resets-in-step", "note", now.step, words, share, (None, TOGETHER_ABOVE))]


def _lengths_only(book: Book, now: Moment) -> list[Finding]:
    first = np.array([one.length for one in book.first])
    recent = np.array([one.length for one in book.recent])
    factor = max(recent.mean(), 1.0) / max(first.mean(), 1.0)
    if 1 / MOVED_FACTOR < factor < MOVED_FACTOR or _moved(book):
        return []
    words = (
        f"episodes went from {short(first.mean())} to {short(recent.mean())} steps, "
        f"and the return stayed at {short(book.earned(recent=True).mean())}"
    )
    return [Finding("length-moves-return-does-not", "note", now.step, words, float(factor), (0.5, 2.0))]


def _moved(book: Book) -> bool:
    first, recent = book.earned(recent=False), book.earned(recent=True)
    spread = max(float(first.std()), 1e-9, 0.02 * abs(float(first.mean())))
    return bool(abs(recent.mean() - first.mean()) > spread / 2)


@dataclass(frozen=True)
class Lost:
    """Mean returns over a window: of the first episodes, the best, the last, and the step of the best."""

    start: float
    best: float
    last: float
    since: int


def lost(book: Book) -> Lost | None:
    """What a run has lost again, if it ends far below what it had reached."""
    curve = np.array(book.returns.values)
    if len(curve) < FEWEST_EPISODES // 2:
        return None
    window = max(10, len(curve) // 20)
    means = np.convolve(curve, np.ones(window) / window, mode="valid")
    start, best, last = float(means[0]), float(means.max()), float(means[-1])
    if best - start <= 2 * float(curve[:window].std()) + 1e-9 or last > best - LOST_SHARE * (best - start):
        return None
    since = book.returns.steps[min(int(means.argmax()) + window, len(curve) - 1)]
    return Lost(start, best, last, since)


def _lost(book: Book) -> list[Finding]:
    one = lost(book)
    if one is None:
        return []
    words = (
        f"the mean return rose from {short(one.start)} to {short(one.best)} and is {short(one.last)} now: "
        f"{percent((one.best - one.last) / (one.best - one.start))} of what was learned is lost"
    )
    bounds = (one.best - LOST_SHARE * (one.best - one.start), None)
    return [Finding("return-lost", "note", one.since, words, one.last, bounds)]
