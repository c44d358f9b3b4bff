"""Pictures: moments of episodes for a contact sheet, a video, and one observation as the agent sees it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rlprobe.inspection.defects.determinism import standing_still
from rlprobe.inspection.playing.replay import replayed
from rlprobe.inspection.sections.film import Film
from rlprobe.inspection.sections.scenes import Scenes
from rlprobe.output.png import png

if TYPE_CHECKING:
    from collections.abc import Iterator

    import gymnasium as gym

    from rlprobe.environments.clock import Clock
    from rlprobe.inspection.measures.episodes import Episode
    from rlprobe.inspection.playing.watchdog import Heartbeat
    from rlprobe.inspection.sections.life import Life

MOST_FRAMES: Final = 80
"""Frames of one episode in the video; longer ones are thinned out evenly."""
MOST_STILLS: Final = 6


@dataclass(frozen=True)
class Still:
    """One moment on the contact sheet.

    Args:
        step: of the episode.
        earned: return up to it.
        image: PNG.
    """

    step: int
    earned: float
    image: bytes


@dataclass(frozen=True)
class Row:
    """The moments of one episode, evenly spaced from the first to the last.

    Args:
        name: ``"worst"``, ``"median"`` or ``"best"``.
        earned: its return.
        length: its steps.
        stills: its moments.
    """

    name: str
    earned: float
    length: int
    stills: tuple[Still, ...]


@dataclass(frozen=True)
class Picture:
    """Contact sheet and video of the worst, the median and the best episode.

    Args:
        rows: of the contact sheet, one per episode.
        camera: whether its moments are the environment's own pictures; else they are what the agent sees.
        seen: an image that the agent sees in the middle of the last of these episodes, as caption and PNG.
        poster: one moment as the video shows it, PNG.
        video: mp4, or empty if it cannot be encoded.
        thinned: ``k`` if every k-th frame is in the video.
        problem: what could not be done.
    """

    rows: tuple[Row, ...]
    camera: bool
    seen: tuple[tuple[str, bytes], ...]
    poster: bytes
    video: bytes
    thinned: int
    problem: str = ""


def picture_of(
    env: gym.Env[Any, Any],
    life: Life,
    clock: Clock,
    render: float | None,
    heartbeat: Heartbeat,
    *,
    seconds: float,
) -> Picture | None:
    """Play the worst, the median and the best episode again and look at them.

    Args:
        env: the environment.
        life: which episodes.
        clock: for the speed of the video.
        render: seconds for one picture; slow ones make fewer.
        heartbeat: sign of life.
        seconds: for all pictures; where drawing is slow there are fewer.
    """
    episodes = _chosen(life)
    if not episodes:
        return None
    longest = max(e.length for e in episodes.values())
    affordable = int(seconds / len(episodes) / (render or 1e-3))
    every = max(1, math.ceil(longest / min(MOST_FRAMES, max(affordable, MOST_STILLS))))
    film = Film(max(min(Fraction(clock.hz or 30).limit_denominator(100) / every, Fraction(60)), Fraction(4)))
    scenes, rows, problem = Scenes(env), [], ""
    for name, episode in episodes.items():
        try:
            wanted = _evenly(1 + math.ceil(episode.length / every), scenes.stills(MOST_STILLS))
            rows.append(
                _filmed(scenes, _moments(scenes, episode, every, name, heartbeat), film, wanted, name)
            )
        except (ValueError, TypeError, RuntimeError, AttributeError, ImportError) as error:
            problem = f"{type(error).__name__}: {error}"
            break
    with heartbeat.rest():
        video = film.close()
    if not rows:
        return Picture((), scenes.camera, (), b"", b"", every, problem) if problem else None
    seen = tuple((caption, png(picture)) for caption, picture in scenes.seen)
    poster = png(scenes.middle.together()) if scenes.middle else b""
    return Picture(tuple(rows), scenes.camera, seen, poster, video, every, problem or film.problem)


def _chosen(life: Life) -> dict[str, Episode]:
    """The episodes by name, each once."""
    named = {"worst": life.worst, "median": life.median, "best": life.best}
    episodes: dict[str, Episode] = {}
    for name, episode in named.items():
        if episode is not None and episode not in episodes.values():
            episodes[name] = episode
    return episodes


def _evenly(count: int, most: int) -> set[int]:
    """So many of ``count`` frames, evenly spaced, the last one among them."""
    if most == 1:
        return {count - 1}
    return set(np.linspace(0, count - 1, min(most, count)).round().astype(int).tolist())


def _moments(
    scenes: Scenes, episode: Episode, every: int, name: str, heartbeat: Heartbeat
) -> Iterator[tuple[int, float]]:
    """Step and return at every ``every``-th moment of the episode and at its last, ready to be drawn."""
    number, steps, earned = 0, episode.start + episode.length, 0.0
    with standing_still(scenes.view):
        for moment in replayed(scenes.view, episode.seed, steps):
            heartbeat.beat(f"filming the {name} episode")
            number += not moment.began
            inside = number - episode.start
            earned += moment.reward if inside > 0 else 0.0
            if inside < 0 or (inside == 0 and not moment.began) or (inside % every and not moment.over):
                continue
            yield inside, earned


def _filmed(
    scenes: Scenes, moments: Iterator[tuple[int, float]], film: Film, wanted: set[int], name: str
) -> Row:
    """Write every moment to the film; returns the row of those that are wanted."""
    stills, step, earned = [], 0, 0.0
    last = max(wanted)
    for number, (step, earned) in enumerate(moments):
        scene = scenes.take()
        film.write(scene.together())
        if number in wanted:
            stills.append(Still(step, earned, png(scene.still())))
        if number == last // 2:
            scenes.keep(scene)
    return Row(name, earned, step, tuple(stills))
