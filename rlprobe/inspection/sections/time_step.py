"""Time step: how far random play gets when each action is repeated for more steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.inspection.flag import Flag
from rlprobe.inspection.measures.plane import Cells, mean_distance, plane_of
from rlprobe.inspection.playing.skip_play import Played, SkipPlayer
from rlprobe.inspection.sections.life import MIN_EPISODES
from rlprobe.output.numbers import percent, short
from rlprobe.stats.intervals import Share

if TYPE_CHECKING:
    import gymnasium as gym
    import numpy.typing as npt

    from rlprobe.environments.clock import Clock
    from rlprobe.inspection.measures.columns import Columns
    from rlprobe.inspection.playing.watchdog import Heartbeat
    from rlprobe.inspection.sections.life import Life

    Floats = npt.NDArray[np.float64]

SKIPS: Final = (1, 2, 4, 8, 16)
HUMAN_HZ: Final = 15.0
"""Actions per second above which a person cannot follow (human reaction takes about 0.2 s)."""
FEWEST_DECISIONS: Final = 10
FLAGGED_FROM_CELLS_RATIO: Final = 2.0
CLEARLY_MORE_CELLS: Final = 1.3
"""A skip with fewer times as many cells as skip 1 may be better by chance."""
EXPLAINED_SHARE_NEEDED: Final = 0.5
"""If the plane of the cells explains less of the variance, cells do not represent the observation."""
SHOWN_EPISODES: Final = 12
MOST_FITTED_NUMBERS: Final = 900_000
"""Numbers that the principal components are computed from, at most."""


@dataclass(frozen=True)
class Reach:
    """How far random play got with one frame skip.

    Args:
        skip: steps for which each action is held.
        steps: steps of the environment that were played.
        episodes: finished ones.
        spread: mean distance from the first observation of the episode, in pooled standard deviations.
        cells: distinct cells visited, of 24 x 24 in the plane of the first two principal components.
        best: highest return.
        hits: episodes with a reward other than the usual one.
        decisions: median number of actions per episode.
        hz: actions per second, if the clock is known.
        paths: the first episodes in that plane, each of shape ``(n, 2)``.
    """

    skip: int
    steps: int
    episodes: int
    spread: float
    cells: int
    best: float
    hits: Share
    decisions: float
    hz: float | None
    paths: tuple[Floats, ...]

    @property
    def followable(self) -> bool | None:
        """Whether a person could follow at this rate."""
        return None if self.hz is None else self.hz <= HUMAN_HZ


@dataclass(frozen=True)
class TimeStep:
    """Reach for each frame skip, and the one at which random play gets furthest.

    Args:
        reaches: one per skip.
        widest: the skip with clearly more cells than skip 1 among those that keep control, else 1.
        explained: share of the variance in the plane of the picture.
    """

    reaches: tuple[Reach, ...]
    widest: int
    explained: float

    @property
    def telling(self) -> bool:
        """Whether cells in the plane represent the observation."""
        return self.explained >= EXPLAINED_SHARE_NEEDED

    @property
    def words(self) -> str:
        """What the visited cells say about exploration."""
        if not self.telling:
            return f"two components explain {percent(self.explained)} of the variance, too little to compare"
        if self.widest == 1:
            return "no skip explores clearly more"
        return f"random play explores most with skip {self.widest}"


def time_step_of(
    env: gym.Env[Any, Any],
    columns: Columns,
    clock: Clock,
    *,
    usual: float | None,
    steps: int,
    seconds: float,
    seed: int,
    heartbeat: Heartbeat,
) -> TimeStep:
    """Play with each frame skip for as many steps of the environment and compare.

    Args:
        env: the environment.
        columns: layout of its observations.
        clock: seconds per action.
        usual: the usual reward, if there is one.
        steps: steps of the environment for each skip.
        seconds: most time for each skip; all skips get the number of steps that the first one reached.
        seed: of the play.
        heartbeat: sign of life.
    """
    player = SkipPlayer(env, columns, usual, seed, heartbeat)
    played = []
    for skip in SKIPS:
        one = player.play(skip, steps, seconds)
        steps = min(steps, max(one.steps, 1)) if skip == 1 else steps
        played.append(one)
    with heartbeat.rest():
        return _compared(played, clock)


def _compared(played: list[Played], clock: Clock) -> TimeStep:
    """Reach of each play, all in the same plane."""
    paths = [path for one in played for path in one.paths]
    count = sum(map(len, paths))
    centre = sum(p.sum(axis=0, dtype=np.float64) for p in paths) / count
    std = np.sqrt(sum(np.square(p - centre).sum(axis=0) for p in paths) / count)
    moving = std > 1e-9 * np.maximum(1.0, np.abs(centre))
    if not moving.any():
        moving, std = np.ones_like(moving), np.ones_like(std)
    centre, std = centre[moving], std[moving]

    def standardised(path: Any) -> Floats:
        return np.asarray((path[:, moving] - centre) / std)

    every = max(1, count * len(std) // MOST_FITTED_NUMBERS, count // 4000)
    axes, explained = plane_of(
        np.concatenate([standardised(p[i % every :: every]) for i, p in enumerate(paths)])
    )
    flat = [[standardised(p) @ axes for p in one.paths] for one in played]
    spreads = [[mean_distance(standardised(p)) for p in one.paths if len(p) > 1] for one in played]
    corners = np.concatenate([p for plane in flat for p in plane])
    frame = Cells(np.quantile(corners, 0.005, axis=0), np.quantile(corners, 0.995, axis=0))
    together = zip(played, spreads, flat, strict=True)
    reaches = tuple(_reach(one, spread, plane, frame, clock) for one, spread, plane in together)
    return TimeStep(reaches, _widest(reaches) if explained >= EXPLAINED_SHARE_NEEDED else 1, explained)


def _reach(one: Played, spread: list[float], plane: list[Floats], frame: Cells, clock: Clock) -> Reach:
    return Reach(
        skip=one.skip,
        steps=one.steps,
        episodes=len(one.returns),
        spread=float(np.mean(spread)) if spread else 0.0,
        cells=frame.visited(np.concatenate(plane)),
        best=max(one.returns, default=float("nan")),
        hits=Share(one.events, len(one.returns)),
        decisions=float(np.median(one.decisions)) if one.decisions else float(one.steps) / one.skip,
        hz=clock.hz / one.skip if clock.hz else None,
        paths=tuple(plane[:SHOWN_EPISODES]),
    )


def _widest(reaches: tuple[Reach, ...]) -> int:
    """The skip with the most cells among those that keep control.

    Control is kept where episodes still have ten decisions and the best return is not lower, by more than a
    tenth of its range over the skips, than with skip 1.
    """
    bests = [r.best for r in reaches if np.isfinite(r.best)]
    slack = 0.1 * (max(bests) - min(bests)) if bests else 0.0
    first = reaches[0].best

    def keeps(r: Reach) -> bool:
        no_worse = not np.isfinite(first) or not np.isfinite(r.best) or r.best >= first - slack
        return r.decisions >= FEWEST_DECISIONS and no_worse

    kept = [r for r in reaches if keeps(r) and r.cells >= CLEARLY_MORE_CELLS * reaches[0].cells]
    most = max((r.cells for r in kept), default=0)
    return next((r.skip for r in kept if r.cells >= 0.95 * most), 1)


def time_step_flags(step: TimeStep, life: Life) -> list[Flag]:
    """What is worth a look in the time step.

    Args:
        step: the section.
        life: the long play with skip 1.
    """
    flags, first, returns = [], step.reaches[0], life.returns
    widest = next(r for r in step.reaches if r.skip == step.widest)
    beyond = returns.high + 2 * (returns.high - returns.low)
    finds = [r for r in step.reaches[1:] if life.episodes >= MIN_EPISODES and r.best > beyond]
    if finds:
        sentence = (
            f"With each action held for {finds[0].skip} steps random play returned up to "
            f"{short(finds[0].best)}, against at most {short(returns.high)} in the whole play without: the "
            "time step keeps it from the goal."
        )
        advice = f"Try rlprobe.FrameSkip(env, {finds[0].skip})."
        flags.append(Flag("skip-finds-reward", "look", sentence, advice))
    if widest.cells >= FLAGGED_FROM_CELLS_RATIO * first.cells:
        sentence = (
            f"With frame skip {widest.skip} random play visits {widest.cells / max(first.cells, 1):.1f} "
            f"times as many cells as with every step its own action ({widest.cells} against {first.cells})."
        )
        advice = f"Try rlprobe.FrameSkip(env, {widest.skip})."
        flags.append(Flag("frame-skip", "look", sentence, advice))
    if first.hz is not None and first.hz > HUMAN_HZ:
        sentence = f"An agent decides {first.hz:.3g} times a second; a person follows about {HUMAN_HZ:.0f}."
        flags.append(Flag("control-rate", "note", sentence))
    return flags
